"""Detection asks only those who could find something, and leaves the garbage collector as it was."""

from __future__ import annotations

import gc
from datetime import UTC, datetime

from opsloop import detectors
from opsloop.config import Settings
from opsloop.detect import find
from opsloop.model import Signal
from opsloop.progress import listening
from opsloop.signals.table import from_signals

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def asked(*kinds_and_states: tuple[str, str]) -> set[str]:
    signals = [
        Signal(id=kind, source="x", kind=kind, status=status, at=NOW, service="a") for kind, status in kinds_and_states
    ]
    told: set[str] = set()
    with listening(lambda _, name: told.add(name)):
        find(from_signals(signals), now=NOW, settings=Settings())
    return told


def test_who_reads_nothing_that_there_is_is_not_asked() -> None:
    told = asked(("approval", "requested"), ("step", "done"))
    assert told == {name for name in detectors.names() if detectors.load(name).rule.reads & {"approval", "step"}}
    assert "slow_approval" in told
    assert "alert_fatigue" not in told


def test_nothing_stored_asks_nobody() -> None:
    assert asked() == set()


def test_the_garbage_collector_walks_everything_again() -> None:
    asked(("approval", "requested"))
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
