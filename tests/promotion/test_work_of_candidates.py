"""Looking for candidates costs as many looks as there are entries, whatever they have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsloop.model import Entry
from opsloop.promote import candidates as qualify
from opsloop.promote.rejections import Rejections
from opsloop.promote.related import Related
from opsloop.targets import runbook
from opsloop.verbs.candidates import qualified
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 29, tzinfo=UTC)


class Looks:
    """How often entries were looked at."""

    def __init__(self) -> None:
        self.count = 0


class Watched(dict[str, str]):
    """Metadata that notes each look."""

    def __init__(self, told: dict[str, str], looks: Looks) -> None:
        super().__init__(told)
        self._looks = looks

    def get(self, name: str, default: Any = None) -> Any:
        self._looks.count += 1
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self._looks.count += 1
        return super().__getitem__(name)


def entry(number: int, metadata: dict[str, str]) -> Entry:
    return Entry(
        id=f"OPS-20260301-{number:05}",
        kind="issue",
        name="pool",
        status="pending",
        logged="2026-03-01T00:00:00Z",
        summary="Pool exhausted",
        metadata=metadata,
    )


def looks_at(count: int, *, key: str) -> int:
    looks = Looks()
    entries = [
        entry(
            number,
            Watched(
                {
                    "Pattern-Key": key.format(number=number),
                    "Service": f"service-{number % 7}",
                    "Recurrence-Count": "4",
                    "See Also": f"OPS-20260301-{(number + 1) % count:05}",
                },
                looks,
            ),
        )
        for number in range(count)
    ]
    assert len(qualify.candidates(entries, {})) == count
    return looks.count


@pytest.mark.parametrize("key", ["incident_pattern.pool", "incident_pattern.pool-{number}"])
def test_four_times_as_many_entries_are_four_times_the_work(key: str) -> None:
    assert looks_at(400, key=key) <= 4.2 * looks_at(100, key=key)


def test_a_link_counts_in_both_directions_and_a_pattern_for_all_its_entries() -> None:
    first = entry(1, {"Pattern-Key": "incident_pattern.pool", "Service": "a"})
    second = entry(2, {"Pattern-Key": "incident_pattern.pool", "Service": "b"})
    third = entry(3, {"See Also": f"see {second.id}, and OPS-20260301-0000.", "Service": "c", "Environment": "eu"})
    among = Related([first, second, third])
    assert [one.id for one in among.of(second)] == [first.id, third.id]
    assert [one.id for one in among.of(third)] == [second.id]
    assert among.reach(second) == ({"a", "b", "c"}, {"eu"}, set())
    assert among.reach(first).services == {"a", "b"}


def test_an_id_that_begins_like_another_is_no_link() -> None:
    short, long = entry(1, {}), Entry(id="OPS-20260301-000010", kind="issue", name="other")
    teller = entry(2, {"See Also": long.id})
    assert [one.id for one in Related([short, long, teller]).of(teller)] == [long.id]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path, NOW)
    found.journal.init()
    told = {"Service": "checkout", "Recurrence-Count": "4"}
    found.journal.append_all(entry(number, told | {"Pattern-Key": f"incident_pattern.{number}"}) for number in range(9))
    return found


def test_what_was_turned_down_is_read_once_for_all_candidates(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = Rejections.all
    monkeypatch.setattr(Rejections, "all", lambda self: reads.append(1) or read(self))
    assert len(qualified(ws)) == 9
    assert len(reads) == 1


def test_a_list_of_candidates_renders_no_text(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbook, "render", lambda _: pytest.fail("rendered"))
    assert {one["target"] for one in qualified(ws)} == {"runbook"}
