"""The same five detectors written by hand in Polars, with what a finding tells: how often, from when to when, the
latest ids, severity, teams and environments.

What a careful person would write for one machine: columns projected by hand, one sort a question, texts looked up at
the end for the rows that are named. Prints the seconds it took and how many occurrences each found.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import polars as pl
from polars import col

DAY = pl.duration(days=1)
NAMED = 200
"""Latest occurrences that a finding names."""


def five(folder: Path) -> dict[str, pl.DataFrame]:
    """The findings of each detector."""
    signals = pl.scan_parquet(folder / "*.parquet")
    alerts = signals.filter((col("kind") == "alert") & col("status").is_in(["firing", "resolved"]))
    opened = _openings(alerts)
    return {
        "incident_recurrence": _incident_recurrence(signals),
        "alert_recurrence": _told(_alert_recurrence(opened), alerts),
        "alert_fatigue": _told(_alert_fatigue(opened), alerts),
        "change_failure_rate": _change_failure_rate(signals),
        "saturation": _saturation(signals),
    }


def _openings(alerts: pl.LazyFrame) -> pl.DataFrame:
    rows = alerts.select(
        "at",
        fires=col("status") == "firing",
        series=col("fingerprint").hash(),
        monitor=pl.struct("service", "name").hash(),
    )
    rows = rows.with_row_index("row").sort("series", "at", "fires", descending=[False, False, True])
    same = col("series") == col("series").shift()
    goes_on = same & col("fires").shift() & (col("at") - col("at").shift() <= DAY)
    return rows.filter(col("fires") & ~goes_on.fill_null(value=False)).select("monitor", "at", "row").collect()


def _alert_recurrence(opened: pl.DataFrame) -> pl.DataFrame:
    """Three within seven days: one of the three windows of neighbours that hold an episode is short enough."""
    rows = opened.sort("monitor", "at").lazy()
    near = [
        (col("monitor").shift(-last) == col("monitor").shift(2 - last))
        & (col("at").shift(-last) - col("at").shift(2 - last) <= 7 * DAY)
        for last in range(3)
    ]
    return rows.filter(pl.any_horizontal(*near)).collect()


def _alert_fatigue(opened: pl.DataFrame) -> pl.DataFrame:
    noisy = pl.len().over("monitor", col("at").dt.date()) > 50
    return opened.lazy().filter(noisy).sort("monitor", "at").collect()


def _told(occurred: pl.DataFrame, alerts: pl.LazyFrame) -> pl.DataFrame:
    """Findings of sorted alert episodes."""
    whole = occurred.lazy().group_by("monitor").agg(count=pl.len(), first=col("at").min(), last=col("at").max())
    named = occurred.group_by("monitor", maintain_order=True).tail(NAMED)
    texts = alerts.select("id", "severity", "environment", "service", "name", team=_attribute("team")).collect()
    told = named.hstack(texts[named["row"]]).lazy()
    return told.group_by("monitor").agg(*_TEXTS, col("name").first()).join(whole, on="monitor").collect()


def _incident_recurrence(signals: pl.LazyFrame) -> pl.DataFrame:
    rows = signals.filter((col("kind") == "incident") & (col("status") == "started"))
    rows = rows.select("at", *_COLUMNS, team=_attribute("team"), key=_attribute("pattern_key")).sort("key", "at")
    after = (col("key") == col("key").shift()) & (col("at") - col("at").shift() <= 30 * DAY)
    before = (col("key") == col("key").shift(-1)) & (col("at").shift(-1) - col("at") <= 30 * DAY)
    return _folded(rows.filter(after | before), "key")


def _change_failure_rate(signals: pl.LazyFrame) -> pl.DataFrame:
    """Deployments that were rolled back, or had an incident within a day after, while a week with too many is open."""
    told = signals.filter(col("kind") == "deployment")
    undone = told.filter(col("status") == "rolled_back").select("fingerprint")
    runs = told.filter(col("status") == "succeeded").select("at", "fingerprint", *_COLUMNS, team=_attribute("team"))
    runs = runs.sort("at").collect().lazy()
    incidents = signals.filter((col("kind") == "incident") & (col("status") == "started")).select("service", "at")
    blamed = incidents.sort("at").join_asof(
        runs.select("at", "service", "fingerprint"),
        on="at",
        by="service",
        strategy="backward",
        tolerance="24h",
        check_sortedness=False,
    )
    failed = pl.concat([undone, blamed.select("fingerprint")]).drop_nulls().unique().with_columns(bad=pl.lit(1))
    runs = runs.join(failed, on="fingerprint", how="left").with_columns(col("bad").fill_null(0)).sort("at")
    weeks = runs.rolling("at", period="7d", group_by="service").agg(runs=pl.len(), failures=col("bad").sum())
    weeks = weeks.filter((col("runs") >= 5) & (col("failures") > 0.15 * col("runs")))
    open_weeks = weeks.sort("at").with_columns(bad_at=col("at"))
    rows = runs.filter(col("bad") == 1).join_asof(
        open_weeks, on="at", by="service", strategy="forward", tolerance="7d", check_sortedness=False
    )
    return _folded(rows.filter(col("bad_at").is_not_null()), "service")


def _saturation(signals: pl.LazyFrame) -> pl.DataFrame:
    rows = signals.filter((col("kind") == "sample") & (col("name") == "cpu"))
    rows = rows.select("at", "value", *_COLUMNS, team=_attribute("team"), series=col("fingerprint").hash())
    rows = rows.sort("series", "at")
    gap = pl.when(col("series") == col("series").shift()).then(col("at") - col("at").shift())
    rows = rows.with_columns(above=col("value") > 0.85, gap=gap)
    goes_on = col("above").shift() & (col("gap") <= 2 * col("gap").median().over("series"))
    rows = rows.with_columns(starts=col("above") & ~goes_on.fill_null(value=False)).filter("above")
    runs = (
        rows.with_columns(run=col("starts").cum_sum())
        .group_by("run")
        .agg(col("at").min(), *(col(name).first() for name in (*_COLUMNS, "team", "series")), until=col("at").max())
    )
    return _folded(runs.filter(col("until") - col("at") > pl.duration(minutes=15)), "series")


_COLUMNS = ("id", "service", "severity", "environment")
_TEXTS = (col("id"), col("service").first(), col("severity").min(), col("environment").unique(), col("team").unique())


def _folded(rows: pl.LazyFrame, key: str) -> pl.DataFrame:
    """Findings of occurrences, one a key."""
    by_key = rows.sort("at").group_by(key)
    texts = [text for text in _TEXTS[1:] if text.meta.output_name() != key]
    return by_key.agg(
        col("id").tail(NAMED), *texts, count=pl.len(), first=col("at").min(), last=col("at").max()
    ).collect()


def _attribute(name: str) -> pl.Expr:
    return col("attrs").map.get(name)


if __name__ == "__main__":
    begun = time.perf_counter()
    found = five(Path(sys.argv[1]))
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "found": {name: int(rows["count"].sum()) for name, rows in found.items()}}))
