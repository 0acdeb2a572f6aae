"""Detection asks only those who could find something, and leaves the garbage collector as it was."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsloop import detectors
from opsloop.config import Settings
from opsloop.detect import find, fold
from opsloop.journal import Journal, durable
from opsloop.model import Entry, Finding, Signal
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


@pytest.mark.slow
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


def incidents() -> list[Finding]:
    """Found in a small history: one pattern, seen four times."""
    signals = [
        Signal(
            id=f"i{number}",
            source="x",
            kind="incident",
            status="started",
            at=NOW - timedelta(days=number),
            service="checkout",
            name="Pool exhausted",
            fingerprint=f"i{number}",
        )
        for number in range(4)
    ]
    return find(from_signals(signals), now=NOW, settings=Settings(), only=["incident_recurrence"])


def test_findings_look_only_at_entries_of_their_key_and_files_are_replaced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = incidents()

    def work(name: str, count: int) -> tuple[int, int]:
        """Looks at an entry's keys, and replacements of files, when every pattern is found once more."""
        journal = Journal(tmp_path / name, redact=lambda text: text)
        journal.init()
        found = [replace(one, pattern_key=f"{one.pattern_key}-{number}") for number in range(count)]
        fold(found, journal, now=NOW)
        later = [replace(each, count=5, last_seen=NOW + timedelta(hours=1)) for each in found]
        looks, replaced = [], []
        answers = Entry.answers_to.fget
        replace_file = durable.replace

        def looked(entry: Entry) -> frozenset[str]:
            looks.append(entry)
            return answers(entry)

        def counted(path: Path, data: bytes, *, seen: durable.Stamp | None) -> bool:
            replaced.append(path)
            return replace_file(path, data, seen=seen)

        with monkeypatch.context() as patched:
            patched.setattr(Entry, "answers_to", property(looked))
            patched.setattr(durable, "replace", counted)
            folded = fold(later, journal, now=NOW)
        assert {each.state for each in folded} == {"updated"}
        assert len(journal.entries()) == count
        return len(looks), len(replaced)

    few, many = work("few", 10), work("many", 40)
    assert many[0] <= 4 * few[0]
    assert many[1] == few[1] == 1
