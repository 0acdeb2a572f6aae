"""Ninety days with late and repeated signals: what is kept of the days tells what all signals tell, each day."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from arrivals import START, arrivals
from stores import store_in

from opsloop.config import Settings
from opsloop.detect import find
from opsloop.detectors import names
from opsloop.model import Finding
from opsloop.signals import Store
from opsloop.signals.engines import DUCKDB
from opsloop.signals.history import FOLDER, open_history
from opsloop.signals.table import open_table

DAYS = 90
IN_TURN = [name for other in names() for name in ("alert_recurrence", other)]


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_an_incremental_run_finds_what_a_full_run_finds_every_day(tmp_path: Path) -> None:
    """One detector a day in turn, and all of them on the last day."""
    store = store_in(tmp_path)
    found = 0
    for day, arrived in enumerate(arrivals(DAYS)):
        now = START + timedelta(days=day, hours=23, minutes=30)
        store.append(arrived, origin="test", now=now)
        _housekeeping(store, day, now)
        only = names() if day == DAYS - 1 else [IN_TURN[day % len(IN_TURN)]]
        full = find(open_table(store), now=now, settings=Settings(), only=only)
        assert _incremental(store, now, only) == full
        found += len(full)
    assert {one.detector for one in full} > {"alert_recurrence", "alert_fatigue", "saturation", "unactionable_alert"}
    assert found > DAYS


def _incremental(store: Store, now: datetime, only: Sequence[str]) -> list[Finding]:
    with open_history(store, DUCKDB, now=now, worthwhile_rows=0) as history:
        return find(history, now=now, settings=Settings(), only=only)


def _housekeeping(store: Store, day: int, now: datetime) -> None:
    """Seals on most days, a compaction once in a while, and somebody who deletes what can be made again."""
    if day % 3 != 2:
        store.seal(now)
    if day % 20 == 19:
        store.compact(now)
    if day % 31 == 30:
        shutil.rmtree(store.state / FOLDER)
