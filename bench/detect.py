"""Five detectors over a seeded history, against what reading the same columns costs: ``python bench/detect.py``.

Prints ratios to DuckDB's count and hash of the same columns, measured in turns in one run (medians); the daily run to
the same (a store that was looked at yesterday, and one more day in its lake); the peak memory; and how the cost grows
from a tenth of the history to all of it.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable  # noqa: TC003
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import detect_history
import ibis
from figures import tell

from opsloop.config import Settings
from opsloop.config import Store as StoreSettings
from opsloop.detect import find, find_with
from opsloop.detectors import load
from opsloop.metrics.sharing import sharing
from opsloop.signals import Store
from opsloop.signals.history import open_history

if TYPE_CHECKING:
    from opsloop.model import Finding

FIVE = ("incident_recurrence", "alert_recurrence", "alert_fatigue", "change_failure_rate", "saturation")
NOW = datetime(2026, 5, 2, tzinfo=UTC)
SIZES = {"alerts": 10_000_000, "deployments": 200_000, "incidents": 50_000, "samples": 5_000_000}
SCAN = 'SELECT count(*), bit_xor(hash(kind, status, service, name, fingerprint, "at", value)) FROM signals'


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def history(folder: Path, share: float) -> Any:
    if not folder.exists():
        detect_history.write(folder, **{name: round(size * share) for name, size in SIZES.items()})
    connection = ibis.duckdb.connect()
    connection.con.execute("SET memory_limit = '700MB'; SET preserve_insertion_order = false")
    connection.con.execute(f"SET temp_directory = '{folder.parent / 'spill'}'")
    return connection.read_parquet(f"{folder}/*.parquet", table_name="signals")


def run(table: Any) -> dict[str, float]:
    """Seconds of each, one after the other as ``opsloop detect`` runs them: what they share is the first one's cost."""
    with sharing():
        return {name: seconds(lambda n=name: find_with(load(n), table, now=NOW, settings=Settings())) for name in FIVE}


def measured(table: Any, rounds: int) -> tuple[float, dict[str, float]]:
    """The scan's and each detector's median seconds, taken in turns."""
    raw = table.get_backend().con
    seconds(lambda: raw.execute(SCAN).fetchall())
    scans, runs = [], []
    for _ in range(rounds):
        scans.append(seconds(lambda: raw.execute(SCAN).fetchall()))
        runs.append(run(table))
    return statistics.median(scans), {name: statistics.median(one[name] for one in runs) for name in FIVE}


def found(store: Store, now: datetime) -> list[Finding]:
    """What the five find in a store."""
    with open_history(store, "duckdb", now=now) as history:
        history.signals.get_backend().con.execute("SET memory_limit = '700MB'; SET preserve_insertion_order = false")
        return find(history, now=now, settings=Settings(), only=FIVE)


def daily(root: Path, table: Any, rounds: int) -> float:
    """The daily run over the scan: yesterday's run is not timed, then the lake gets its last day."""
    store = Store(root, StoreSettings(lake="lake"), root)
    raw = table.get_backend().con
    last = root / "lake" / f"day={NOW - timedelta(days=1):%Y-%m-%d}"
    scans, runs = [], []
    for _ in range(rounds):
        last.rename(root / "last")
        found(store, NOW - timedelta(days=1))
        (root / "last").rename(last)
        scans.append(seconds(lambda: raw.execute(SCAN).fetchall()))
        runs.append(seconds(lambda: found(store, NOW)))
    assert found(store, NOW) == find(table, now=NOW, settings=Settings(), only=FIVE)
    return statistics.median(runs) / statistics.median(scans)


def by_hand(folder: Path) -> float:
    """Seconds of the five in Polars, in a process of their own."""
    program = Path(__file__).with_name("detect_polars.py")
    done = subprocess.run([sys.executable, program, folder], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the full history (10 million alerts)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the history is kept; default: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        small = history(folder / f"history-{asked.share / 10:g}", asked.share / 10)
        _, small_runs = measured(small, asked.rounds)
        table = history(folder / f"history-{asked.share:g}", asked.share)
        scan, runs = measured(table, asked.rounds)
        print(f"scan {scan:.2f} s")
        for name, took in runs.items():
            print(f"{name:<22}{took:8.2f} s {took / scan:6.1f} x scan")
        tell("five detectors over the whole history", sum(runs.values()) / scan, "x scan", at_most=9)
        polars = statistics.median(by_hand(folder / f"history-{asked.share:g}") for _ in range(asked.rounds))
        tell("the same five written by hand in Polars", polars / scan, "x scan")
        tell("five detectors against Polars by hand", sum(runs.values()) / polars, "x", at_most=1)
        store = folder / f"store-{asked.share:g}"
        if not store.exists():
            detect_history.sealed(folder / f"history-{asked.share:g}", store / "lake")
        tell("daily run: one new day", daily(store, table, asked.rounds), "x scan", at_most=1.5)
        growth = sum(runs.values()) / sum(small_runs.values())
        tell("ten times the history costs", growth, "x", at_most=12)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    tell("peak memory", peak, "GiB", at_most=1)


if __name__ == "__main__":
    main()
