"""What a review and a shift brief say, on a small history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from commandline import opsloop

from opsloop.errors import BadInput
from opsloop.model import Entry, Signal
from opsloop.verbs.handoff import handoff
from opsloop.verbs.promote import promote
from opsloop.verbs.review import review
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
_ids = count()


def tell(kind: str, status: str, hours_ago: float, fingerprint: str, **said: Any) -> Signal:
    at = NOW - hours_ago * HOUR
    attrs = said.pop("attrs", {})
    fields = {"service": "checkout", "source": "signals"} | said
    return Signal(id=f"s{next(_ids)}", kind=kind, status=status, at=at, fingerprint=fingerprint, attrs=attrs, **fields)


def items(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (found,) = [section["items"] for section in document["sections"] if section["name"] == name]
    assert isinstance(found, list)
    return found


def texts(document: dict[str, Any], name: str) -> list[str]:
    return [item["text"] for item in items(document, name)]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path, NOW)
    found.journal.init()
    learnings = [
        Entry(
            kind="issue",
            id="OPS-20260301-001",
            name="dns",
            severity="P1",
            priority="high",
            summary="DNS fails",
            logged="2026-03-28T00:00:00Z",
        ),
        Entry(
            kind="issue",
            id="OPS-20260301-002",
            name="minor",
            severity="P4",
            priority="low",
            summary="A typo",
            logged="2026-01-01T00:00:00Z",
        ),
        Entry(
            kind="learning",
            id="LRN-20260301-001",
            category="automation_gap",
            priority="medium",
            summary="Cron fails unseen",
            suggested_action="Verify cron job status",
            logged="2026-03-28T00:00:00Z",
        ),
        Entry(
            kind="issue",
            id="OPS-20260301-003",
            name="pool",
            priority="high",
            status="promoted",
            summary="Pool",
            metadata={"Promoted-At": "2026-01-01", "Look": "2026-03-01"},
        ),
    ]
    for entry in learnings:
        found.journal.append(entry)
    return found


def test_a_review_names_what_is_open_stale_and_due(ws: Workspace) -> None:
    found = review(ws)
    assert [one["id"] for one in items(found, "pending_p1_p2")] == ["OPS-20260301-001"]
    assert [one["id"] for one in items(found, "toil")] == ["LRN-20260301-001"]
    assert [one["id"] for one in items(found, "stale")] == ["OPS-20260301-002"]
    assert [one["id"] for one in items(found, "due_looks")] == ["OPS-20260301-003"]
    assert found["pending"] == 3
    assert found["last_review"] is None


def test_break_points_count_from_the_last_review(ws: Workspace) -> None:
    ws.store.append(
        [tell("incident", "resolved", 30, "i0"), tell("deployment", "succeeded", 30, "d0")], origin="test", now=NOW
    )
    first = review(ws, remember=True)
    assert {one["break_point"] for one in items(first, "break_points")} == {
        "incident_resolved",
        "deployment",
        "quarterly",
    }
    assert items(review(ws, remember=True), "break_points") == items(first, "break_points")  # still the same review
    after = Workspace(ws.root, NOW + HOUR)
    assert items(review(after), "break_points") == []
    assert review(after)["last_review"] == "2026-03-29T12:30:00Z"
    ended = tell("shift", "ended", -0.5, "shift")
    ws.store.append([ended], origin="test", now=NOW)
    assert {one["break_point"] for one in items(review(after), "break_points")} == {"shift_handoff"}
    assert "quarterly" in {
        one["break_point"] for one in items(review(Workspace(ws.root, NOW + timedelta(days=92))), "break_points")
    }


def test_looking_at_a_review_does_not_hold_it(ws: Workspace) -> None:
    review(ws)
    assert review(ws)["last_review"] is None


def test_a_low_budget_is_a_reason_to_review_and_stands_in_the_handoff(ws: Workspace) -> None:
    spent = tell(
        "sli", "-", 5, "sli", name="availability", attrs={"good": "9985", "total": "10000", "objective": "0.999"}
    )
    ws.store.append([spent], origin="test", now=NOW)
    (budget,) = items(review(ws), "error_budgets")
    assert budget["policy"] == "exhausted"
    assert "budget_low" in {one["break_point"] for one in items(review(ws), "break_points")}
    assert "halt non-critical deployments" in texts(handoff(ws), "budgets")[0]


def test_the_shift_brief(ws: Workspace) -> None:
    history = [
        tell("incident", "started", 40, "old", name="Slow search", service="search"),
        tell("incident", "started", 6, "i1", name="Pool exhausted", severity="P1"),
        tell("incident", "resolved", 5, "i1"),
        tell("incident", "detected", 4, "i2", name="Errors"),
        tell("incident", "started", 3, "i3", name="Latency"),
        tell("alert", "firing", 8, "a", name="PoolSaturated"),
        tell("alert", "firing", 7.5, "a", name="PoolSaturated"),
        tell("alert", "resolved", 7, "a", name="PoolSaturated"),
        tell("alert", "firing", 6, "a", name="PoolSaturated"),
        tell("alert", "firing", 20, "a", name="PoolSaturated"),
        tell("deployment", "succeeded", 2, "d", name="v2"),
    ]
    ws.store.append(history, origin="test", now=NOW)
    promote(ws, ["LRN-20260301-001"], "handoff", write=True)
    found = handoff(ws)
    assert (found["from"], found["to"]) == ("2026-03-29T00:30:00Z", "2026-03-29T12:30:00Z")
    assert [text.split(",")[0] for text in texts(found, "open_incidents")] == [
        "search: `Slow search`",
        "checkout: `Errors`",
        "checkout: `Latency`",
    ]
    assert texts(found, "fired") == ["`PoolSaturated` on checkout: 2 times (3 notifications)"]
    assert texts(found, "changed") == ["10:30 deployment succeeded checkout `v2`"]
    assert texts(found, "known_issues") == ["OPS-20260301-001 [P1] DNS fails"]
    assert "Verify cron job status (LRN-20260301-001)" in texts(found, "verify_first")
    assert "checkout: healthy since the deployment at 10:30?" in texts(found, "verify_first")
    assert texts(found, "load") == ["3 incidents; the guide is at most 2 in 12 h: over it"]


def test_a_shift_that_ends_before_it_starts_is_refused(ws: Workspace) -> None:
    with pytest.raises(BadInput, match="not before"):
        handoff(ws, start=NOW, end=NOW - HOUR)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("review",),
        ("handoff",),
        ("handoff", "--shift-start", "2026-03-28T08:00:00Z", "--shift-end", "2026-03-28T20:00:00Z"),
    ],
)
def test_text_and_markdown_say_the_same(words: tuple[str, ...], ws: Workspace) -> None:
    plain, marked = (opsloop(ws.root, *words, *more) for more in ((), ("--markdown",)))
    assert plain.returncode == marked.returncode == 0, plain.stderr + marked.stderr
    assert marked.stdout.startswith("# ")
    for line in plain.stdout.splitlines()[1:]:
        assert line.rstrip(":").strip("- ") in marked.stdout
