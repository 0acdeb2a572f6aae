"""Roll-ups are derived: whatever arrives, whoever seals, deletes, damages or dies, a look tells what is stored."""

from __future__ import annotations

import os
import shutil
import signal as signals_of_processes
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from arrivals import START, arrivals
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import store_in

from opsloop.detectors.openings import opened_days, openings, with_signals
from opsloop.metrics.relations import incidents, known
from opsloop.metrics.sharing import sharing
from opsloop.model import Signal
from opsloop.signals import Store
from opsloop.signals.engines import DUCKDB
from opsloop.signals.history import FOLDER, History, open_history
from opsloop.signals.listing import steadily
from opsloop.signals.table import open_table

DAYS = 6
NOW = START + timedelta(days=DAYS, hours=3)
LOOK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_roll_ups import kept, store_in
kept(store_in(Path(sys.argv[1])))
"""


def alert(number: int, hours: int, status: str) -> Signal:
    at = START + timedelta(hours=hours)
    told = {"source": "test", "kind": "alert", "status": status, "service": "shop", "name": "Errors"}
    return Signal(id=f"s{number}", at=at, **told)


STEPS = st.lists(
    st.one_of(
        st.lists(st.tuples(st.integers(0, 24 * DAYS + 6), st.sampled_from(["firing", "resolved"])), max_size=12),
        st.sampled_from(["seal", "compact", "delete", "look"]),
    ),
    min_size=2,
    max_size=8,
)


@pytest.mark.slow
@given(STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_of_arrival_tells_the_same(steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        store, number = store_in(Path(folder)), 0
        for step in steps:
            if isinstance(step, list):
                store.append([alert(number + n, *one) for n, one in enumerate(step)], origin="test", now=NOW)
                number += len(step)
            else:
                {"seal": seal, "compact": compact, "delete": delete, "look": kept}[step](store)
        assert kept(store) == told(History(signals=open_table(store)))


def seal(store: Store) -> None:
    store.seal(NOW)


def compact(store: Store) -> None:
    if (store.state / "signals.sqlite").exists():
        store.compact(NOW)


def delete(store: Store) -> None:
    shutil.rmtree(store.state / FOLDER, ignore_errors=True)


def told(history: History, now: datetime = NOW) -> list[Any]:
    """What relations of each sort tell: rows of days, sums of days, and things of the rare kinds."""
    seen = known(history.signals, now)
    with sharing(seen, history.rollups, until=now):
        tables = [with_signals(openings(seen), seen), opened_days(seen), incidents(seen)]
        return [sorted(table.to_pyarrow().to_pylist(), key=repr) for table in tables]


def kept(store: Store, now: datetime = NOW) -> list[Any]:
    def look() -> list[Any]:
        with open_history(store, DUCKDB, now=now, worthwhile_rows=0) as history:
            return told(history, now)

    return steadily(look)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = store_in(tmp_path)
    for arrived in arrivals(DAYS):
        store.append(arrived, origin="test", now=NOW)
    store.seal(NOW)
    return store


def files(store: Store) -> list[Path]:
    return sorted((store.state / FOLDER).glob("*/*/*.parquet"))


@pytest.mark.slow
def test_a_late_signal_repairs_its_day_and_the_next_and_leaves_the_others(store: Store) -> None:
    kept(store)
    before = {path: path.stat().st_mtime_ns for path in files(store)}
    late = Signal(id="late", source="test", kind="alert", status="firing", at=START + timedelta(days=2), name="New")
    store.append([late], origin="test", now=NOW)
    assert kept(store) == told(History(signals=open_table(store)))
    after = {path: path.stat().st_mtime_ns for path in files(store)}
    made = {path.parent.name for path in after.keys() - before.keys()}
    assert made == {f"day={(START + timedelta(days=number)).date()}" for number in (2, 3)}
    assert all(before[path] == after[path] for path in after.keys() & before.keys())


@pytest.mark.slow
def test_damaged_and_cut_off_files_are_made_anew(store: Store) -> None:
    whole = kept(store)
    for damage in (lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data[:-200] + b"?" * 200):
        for path in files(store)[::3]:
            path.write_bytes(damage(path.read_bytes()))
        assert kept(store) == whole
    assert files(store)


@pytest.mark.slow
def test_a_look_that_is_killed_while_it_writes_leaves_nothing_wrong(store: Store) -> None:
    whole = told(History(signals=open_table(store)))
    command = [sys.executable, "-c", LOOK, str(store.state.parent), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for least in (1, 5):
        delete(store)
        child = subprocess.Popen(command, env=environment)
        while child.poll() is None and len(files(store)) < least:
            time.sleep(0.005)
        child.send_signal(signals_of_processes.SIGKILL)
        child.wait()
        assert files(store)
        assert kept(store) == whole


@pytest.mark.slow
def test_yesterday_asked_for_today_does_not_look_ahead(store: Store) -> None:
    kept(store)
    for back in (0, 1, 3):
        now = datetime(2026, 1, 9, 5, tzinfo=UTC) - timedelta(days=back)
        assert kept(store, now) == told(History(signals=open_table(store)), now)
