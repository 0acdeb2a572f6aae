"""Five detectors over a seeded history, against what reading the same columns costs: ``python bench/detect.py``.

Prints ratios to DuckDB's count and hash of the same columns, measured in turns in one run (medians); the daily run to
the same (a store that was looked at yesterday, and one more day in its lake); the peak memory; and how the cost grows
from a tenth of the history to all of it. ``where_time_goes.py detect`` prints which columns those are.
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
COUNTED = ("kind", "status", "service", "name", "fingerprint", "at", "value")
"""The columns that counting needs."""
READ = (*COUNTED, "id", "severity", "environment", "attrs")
"""Those that the five read: a finding also names its signals, their severity, teams and environments."""


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


class Scans:
    """How long reading takes, measured in turns with what is compared to it: of all columns read, and of COUNTED."""

    def __init__(self, table: Any) -> None:
        self._raw = table.get_backend().con
        self.took: dict[tuple[str, ...], list[float]] = {READ: [], COUNTED: []}
        self._once(READ)

    def turn(self) -> None:
        """Measure both once."""
        for columns, took in self.took.items():
            took.append(self._once(columns))

    def _once(self, columns: tuple[str, ...]) -> float:
        names = ", ".join(f'"{name}"' for name in columns)
        scan = f"SELECT count(*), bit_xor(hash({names})) FROM signals"
        return seconds(lambda: self._raw.execute(scan).fetchall())

    def medians(self) -> list[float]:
        """Of all columns read, and of those that counting needs."""
        return [*map(statistics.median, self.took.values())]


def measured(folder: Path, share: float, rounds: int) -> tuple[list[float], dict[str, float]]:
    """The medians of the scans, and each detector's seconds."""
    table = history(folder, share)
    scans, runs = Scans(table), []
    for _ in range(rounds):
        scans.turn()
        runs.append(run(table))
    return scans.medians(), {name: statistics.median(one[name] for one in runs) for name in FIVE}


def found(store: Store, now: datetime) -> list[Finding]:
    """What the five find in a store."""
    with open_history(store, DUCKDB, now=now) as history:
        return find(history, now=now, settings=Settings(), only=FIVE)


def daily(root: Path, folder: Path, share: float, rounds: int) -> tuple[list[float], float]:
    """The medians of the scans, and of the daily run: yesterday's is not timed, then the lake gets its last day."""
    store = Store(root, StoreSettings(lake="lake"), root)
    last = root / "lake" / f"day={NOW - timedelta(days=1):%Y-%m-%d}"
    scans, runs = Scans(history(folder, share)), []
    for _ in range(rounds):
        last.rename(root / "last")
        found(store, NOW - timedelta(days=1))
        (root / "last").rename(last)
        scans.turn()
        runs.append(seconds(lambda: found(store, NOW)))
    return scans.medians(), statistics.median(runs)


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


def against_scans(name: str, took: float, scans: list[float], *, at_most: float) -> None:
    """The ratio to reading all the columns, which the limit is for, and to reading those that counting needs."""
    tell(name, took / scans[0], "x scan", at_most=at_most)
    tell(f"- to a scan of {len(COUNTED)} columns", took / scans[1], "x")


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
        scans, runs = alone(measured, whole, asked.share, asked.rounds)
        print(f"scan of the {len(READ)} columns that the five read {scans[0]:.2f} s, of the {len(COUNTED)} that they")
        print(f"count by {scans[1]:.2f} s")
        for name, took in runs.items():
            print(f"{name:<22}{took:8.2f} s {took / scans[0]:6.1f} x scan")
        against_scans("five detectors over the whole history", sum(runs.values()), scans, at_most=9)
        polars = statistics.median(by_hand(whole) for _ in range(asked.rounds))
        tell("the same five written by hand in Polars", polars / scans[0], "x scan")
        tell("five detectors against Polars by hand", sum(runs.values()) / polars, "x", at_most=1)
        if not store.exists():
            detect_history.sealed(whole, store / "lake")
        scans, day = alone(daily, store, whole, asked.share, asked.rounds)
        against_scans("daily run: one new day", day, scans, at_most=1.5)
        assert alone(same, store, whole, asked.share), "the daily run finds something else"
        tell("ten times the history costs", sum(runs.values()) / sum(tenth_runs.values()), "x", at_most=12)
        for name, root in (("a run over the whole history", None), ("a daily run", store)):
            tell(f"peak memory of {name}", alone(peak_gib, root, whole, asked.share), "GiB", at_most=1)


def _parts(share: float) -> tuple[tuple[str, float], ...]:
    return ("history", share / 10), ("history", share), ("store", share)


if __name__ == "__main__":
    main()
