"""Five detectors over a seeded history, against what reading the same columns costs: ``python bench/detect.py``.

Prints ratios to DuckDB's count and hash of the same columns, measured in turns in one run (medians); the daily run to
the same (a store that was looked at yesterday, and one more day in its lake); the peak memory; and how the cost grows
from a tenth of the history to all of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
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
from opsloop.signals.engines import DUCKDB
from opsloop.signals.history import open_history

if TYPE_CHECKING:
    from collections.abc import Callable

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
    connection.con.execute("SET memory_limit = '512MiB'; SET preserve_insertion_order = false")
    connection.con.execute(f"SET temp_directory = '{folder.parent / 'spill'}'")
    return connection.read_parquet(f"{folder}/*.parquet", table_name="signals")


def run(table: Any) -> dict[str, float]:
    """Seconds of each, one after the other as ``opsloop detect`` runs them: what they share is the first one's cost."""
    with sharing():
        return {name: seconds(partial(find_with, load(name), table, now=NOW, settings=Settings())) for name in FIVE}


def measured(folder: Path, share: float, rounds: int) -> tuple[float, dict[str, float]]:
    """The scan's and each detector's median seconds, taken in turns."""
    table = history(folder, share)
    raw = table.get_backend().con
    seconds(lambda: raw.execute(SCAN).fetchall())
    scans, runs = [], []
    for _ in range(rounds):
        scans.append(seconds(lambda: raw.execute(SCAN).fetchall()))
        runs.append(run(table))
    return statistics.median(scans), {name: statistics.median(one[name] for one in runs) for name in FIVE}


def found(store: Store, now: datetime) -> list[Finding]:
    """What the five find in a store."""
    with open_history(store, DUCKDB, now=now) as history:
        return find(history, now=now, settings=Settings(), only=FIVE)


def daily(root: Path, folder: Path, share: float, rounds: int) -> float:
    """The daily run over the scan: yesterday's run is not timed, then the lake gets its last day."""
    table = history(folder, share)
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
    return statistics.median(runs) / statistics.median(scans)


def same(root: Path, folder: Path, share: float) -> bool:
    """Whether the daily run finds what a run over everything finds."""
    store = Store(root, StoreSettings(lake="lake"), root)
    return found(store, NOW) == find(history(folder, share), now=NOW, settings=Settings(), only=FIVE)


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """What the work returns, in a process that does nothing else."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def peak_gib(root: Path | None, folder: Path, share: float) -> float:
    """Peak memory of one run in this process: of the daily one at ``root``, or over the whole history."""
    if root is None:
        run(history(folder, share))
    else:
        found(Store(root, StoreSettings(lake="lake"), root), NOW)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def by_hand(folder: Path) -> float:
    """Seconds of the five in Polars, in a process of their own."""
    program = Path(__file__).with_name("detect_polars.py")
    done = subprocess.run([sys.executable, program, folder], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the full history (10 million alerts)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the history is kept; default: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        tenth, whole, store = (folder / f"{name}-{share:g}" for name, share in _parts(asked.share))
        _, tenth_runs = alone(measured, tenth, asked.share / 10, asked.rounds)
        scan, runs = alone(measured, whole, asked.share, asked.rounds)
        print(f"scan {scan:.2f} s")
        for name, took in runs.items():
            print(f"{name:<22}{took:8.2f} s {took / scan:6.1f} x scan")
        tell("five detectors over the whole history", sum(runs.values()) / scan, "x scan", at_most=9)
        polars = statistics.median(by_hand(whole) for _ in range(asked.rounds))
        tell("the same five written by hand in Polars", polars / scan, "x scan")
        tell("five detectors against Polars by hand", sum(runs.values()) / polars, "x", at_most=1)
        if not store.exists():
            detect_history.sealed(whole, store / "lake")
        day = alone(daily, store, whole, asked.share, asked.rounds)
        tell("daily run: one new day", day, "x scan", at_most=1.5)
        assert alone(same, store, whole, asked.share), "the daily run finds something else"
        tell("ten times the history costs", sum(runs.values()) / sum(tenth_runs.values()), "x", at_most=12)
        for name, root in (("a run over the whole history", None), ("a daily run", store)):
            tell(f"peak memory of {name}", alone(peak_gib, root, whole, asked.share), "GiB", at_most=1)


def _parts(share: float) -> tuple[tuple[str, float], ...]:
    return ("history", share / 10), ("history", share), ("store", share)


if __name__ == "__main__":
    main()
