"""The same five detectors written by hand in Polars: how many occurrences each finds, without naming evidence.

What a careful person would write for one machine: columns projected by hand, one sort a question.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import polars as pl
from polars import col

DAY = pl.duration(days=1)


def five(folder: Path) -> dict[str, int]:
    """Occurrences found by each detector."""
    signals = pl.scan_parquet(folder / "*.parquet")
    opened = _openings(signals)
    return {
        "incident_recurrence": _incident_recurrence(signals),
        "alert_recurrence": _alert_recurrence(opened),
        "alert_fatigue": _alert_fatigue(opened),
        "change_failure_rate": _change_failure_rate(signals),
        "saturation": _saturation(signals),
    }


def _openings(signals: pl.LazyFrame) -> pl.DataFrame:
    rows = signals.filter((col("kind") == "alert") & col("status").is_in(["firing", "resolved"]))
    rows = rows.select(
        "at",
        fires=col("status") == "firing",
        series=col("fingerprint").hash(),
        monitor=pl.struct("service", "name").hash(),
    ).sort("series", "at")
    same = col("series") == col("series").shift()
    goes_on = same & col("fires").shift() & (col("at") - col("at").shift() <= DAY)
    return rows.filter(col("fires") & ~goes_on.fill_null(value=False)).select("monitor", "at").collect()


def _alert_recurrence(opened: pl.DataFrame) -> int:
    """Three within seven days: one of the three windows of neighbours that hold an episode is short enough."""
    rows = opened.sort("monitor", "at").lazy()
    near = [
        (col("monitor").shift(-last) == col("monitor").shift(2 - last))
        & (col("at").shift(-last) - col("at").shift(2 - last) <= 7 * DAY)
        for last in range(3)
    ]
    return rows.filter(pl.any_horizontal(*near)).select(pl.len()).collect().item()


def _alert_fatigue(opened: pl.DataFrame) -> int:
    days = opened.lazy().group_by("monitor", col("at").dt.date()).len()
    return days.filter(col("len") > 50).select(col("len").sum()).collect().item()


def _incident_recurrence(signals: pl.LazyFrame) -> int:
    rows = signals.filter((col("kind") == "incident") & (col("status") == "started"))
    key = col("attrs").map.get("pattern_key")
    rows = rows.select("fingerprint", "at", key=key).sort("key", "at")
    after = (col("key") == col("key").shift()) & (col("at") - col("at").shift() <= 30 * DAY)
    before = (col("key") == col("key").shift(-1)) & (col("at").shift(-1) - col("at") <= 30 * DAY)
    return rows.filter(after | before).select(pl.len()).collect().item()


def _change_failure_rate(signals: pl.LazyFrame) -> int:
    """Distinct deployments with an incident within a day after, in weeks with too many of them."""
    runs = signals.filter((col("kind") == "deployment") & (col("status") == "succeeded"))
    runs = runs.select("service", "at", "fingerprint").sort("at")
    incidents = signals.filter((col("kind") == "incident") & (col("status") == "started")).select("service", "at")
    blamed = incidents.sort("at").join_asof(runs, on="at", by="service", strategy="backward", tolerance="24h")
    failed = blamed.select("fingerprint").drop_nulls().unique().with_columns(bad=pl.lit(1))
    weeks = runs.join(failed, on="fingerprint", how="left").with_columns(col("bad").fill_null(0)).sort("at")
    weeks = weeks.rolling("at", period="7d", group_by="service").agg(
        runs=pl.len(), failures=col("bad").sum(), bad=col("bad").last()
    )
    too_bad = (col("runs") >= 5) & (col("failures") > 0.15 * col("runs"))
    return weeks.filter(too_bad).select(col("bad").sum()).collect().item()


def _saturation(signals: pl.LazyFrame) -> int:
    rows = signals.filter((col("kind") == "sample") & (col("name") == "cpu"))
    rows = rows.select("at", "value", series=col("fingerprint").hash()).sort("series", "at")
    gap = pl.when(col("series") == col("series").shift()).then(col("at") - col("at").shift())
    rows = rows.with_columns(above=col("value") > 0.85, gap=gap)
    goes_on = col("above").shift() & (col("gap") <= 2 * col("gap").median().over("series"))
    rows = rows.with_columns(starts=col("above") & ~goes_on.fill_null(value=False)).filter("above")
    runs = rows.with_columns(run=col("starts").cum_sum()).group_by("run").agg(lasted=col("at").max() - col("at").min())
    return runs.filter(col("lasted") > pl.duration(minutes=15)).select(pl.len()).collect().item()


if __name__ == "__main__":
    begun = time.perf_counter()
    five(Path(sys.argv[1]))
    print(time.perf_counter() - begun)
