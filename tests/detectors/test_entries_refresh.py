"""An entry that is brought up to date says one thing throughout, and what a person wrote stays theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsloop.config import Settings
from opsloop.detect import find
from opsloop.detect.entries import drafted
from opsloop.detect.refresh import updated
from opsloop.detectors import load
from opsloop.model import Entry, Finding, Signal
from opsloop.signals.table import from_signals

NOW = datetime(2026, 3, 12, tzinfo=UTC)
RULE = load("incident_recurrence").rule


def incident(day: int, hours: float, severity: str, detected_by: str, service: str | None = "checkout") -> list[Signal]:
    at = datetime(2026, 3, day, 10, tzinfo=UTC)
    told = {"source": "x", "kind": "incident", "service": service, "fingerprint": f"i{day}", "severity": severity}
    attrs = {"pattern_key": "pool", "detected_by": detected_by}
    return [
        Signal(id=f"{day}a", status="detected", at=at, attrs=attrs, name="Pool", **told),
        Signal(id=f"{day}b", status="resolved", at=at + timedelta(hours=hours), attrs={}, name="Pool", **told),
    ]


EARLY = [*incident(1, 26, "P3", "human"), *incident(5, 26, "P3", "human")]
LATE = [one for day in (9, 10, 11) for one in incident(day, 5, "P1", "alert")]


def recurrence(signals: list[Signal]) -> Finding:
    (finding,) = find(from_signals(signals), now=NOW, settings=Settings(), only=["incident_recurrence"])
    return finding


@pytest.fixture(scope="module")
def before() -> Entry:
    return drafted(recurrence(EARLY), RULE, now=NOW)


@pytest.fixture(scope="module")
def today() -> Finding:
    return recurrence(EARLY + LATE)


def test_new_occurrences_reach_everything_that_the_entry_says(before: Entry, today: Finding) -> None:
    assert (before.severity, before.metadata["Systemic-Fix"]) == ("P3", "missing_alert")
    found, fresh = updated(before, today, RULE), drafted(today, RULE, now=NOW)
    assert found.severity == "P1"
    assert found.metadata["Systemic-Fix"] == "missing_runbook"
    assert found == replace(fresh, logged=before.logged)
    assert updated(found, today, RULE) == found


def test_severity_never_falls(before: Entry, today: Finding) -> None:
    assert updated(replace(before, severity="P1"), replace(today, severity="P4"), RULE).severity == "P1"
    assert updated(replace(before, severity="SEV-0"), today, RULE).severity == "SEV-0"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("- mttr: 26 h", "- mttr: 26 h, of which 20 h at night"),
        ("- services: checkout", "- services: checkout and what it feeds"),
        ("people found 2 of 2 before any alert did", "nobody was looking"),
        ("Definition: An", "We call it one when an"),
    ],
)
def test_a_line_of_the_details_that_a_person_rewrote_stays(
    before: Entry, today: Finding, ours: str, theirs: str
) -> None:
    assert ours in before.details
    found = updated(replace(before, details=before.details.replace(ours, theirs)), today, RULE)
    assert theirs in found.details
    assert "- median ttr: 5 h" in found.details


def test_impact_timeline_and_actions_of_a_person_stay(before: Entry, today: Finding) -> None:
    row = ("2026-03-05 11:00", "Ana found it")
    mine = replace(
        before,
        impact={"Services Affected": "checkout and its friends", "Duration": "too long", "Users Affected": "12"},
        timeline=(row, *before.timeline[1:]),
        prevention="Ask Ana.",
        action_items=("[x] " + before.action_items[0], "Buy a bigger pool"),
        root_cause="A pool of 50",
    )
    found = updated(mine, today, RULE)
    assert found.impact == mine.impact
    assert found.timeline == (row, ("2026-03-11 10:00", "Latest of 5 occurrences"), mine.timeline[2])
    assert (found.prevention, found.action_items, found.root_cause) == ("Ask Ana.", mine.action_items, "A pool of 50")


def test_the_kind_of_fix_is_a_person_s_where_nothing_says_the_rule_s_any_more(before: Entry, today: Finding) -> None:
    mine = {**before.metadata, "Systemic-Fix": "architectural_limit"}
    found = updated(replace(before, metadata=mine), today, RULE)
    assert found.metadata["Systemic-Fix"] == "architectural_limit"


def test_an_entry_by_hand_keeps_every_word(today: Finding) -> None:
    mine = Entry(
        kind="issue",
        summary="The pool is small",
        details="- open: 7",
        impact={"Duration": "26 h"},
        timeline=(("10:00", "First occurrence"),),
        metadata={"Pattern-Key": today.pattern_key},
    )
    found = updated(mine, today, RULE)
    assert replace(found, priority=None, severity=None, metadata={}, metrics={}) == replace(mine, priority=None, metadata={})  # fmt: skip


def test_a_second_occurrence_gets_its_row_in_the_timeline(today: Finding) -> None:
    once = replace(today, count=1, last_seen=today.first_seen)
    found = updated(drafted(once, RULE, now=NOW), today, RULE)
    assert [event for _, event in found.timeline] == [
        "First occurrence",
        "Latest of 5 occurrences",
        "Pattern found by incident_recurrence",
    ]


def test_a_figure_that_became_known_is_told(before: Entry, today: Finding) -> None:
    unknown = replace(before, details=before.details.replace("- mttr: 26 h\n", ""))
    assert "- mttr: 13.4 h" in updated(unknown, today, RULE).details


def test_no_service_and_no_name_leave_nothing_open() -> None:
    signals = [one._replace(name=None, attrs={}) for one in incident(1, 50, "P1", "human", service=None)]
    (finding,) = find(from_signals(signals), now=NOW, settings=Settings(), only=["mttr_exceeded"])
    entry = drafted(finding, load("mttr_exceeded").rule, now=NOW)
    assert entry.summary.startswith("1 incident past")
    assert "services" not in entry.details
    assert "Services Affected" not in {**entry.impact, **entry.metadata}
    assert "unknown" not in entry.details


def test_toil_is_told_per_occurrence_and_in_all(today: Finding) -> None:
    toil = {**today.metrics, "toil_s": 18_000.0}
    entry = drafted(replace(today, metrics=toil), RULE, now=NOW)
    assert entry.metrics["Toil Hours"] == "1"
    assert "- toil: 5 h" in entry.details
    median = drafted(replace(today, metrics={**toil, "toil_each_s": 1_800.0}), RULE, now=NOW)
    assert median.metrics["Toil Hours"] == "0.5"


def test_the_error_budget_is_told_where_the_finding_knows_it(today: Finding) -> None:
    burn = replace(today, metrics={**today.metrics, "budget_consumed": 0.4})
    entry = drafted(burn, RULE, now=NOW)
    assert entry.impact["SLO Impact"] == "consumed 40% of the budget"
    worse = replace(burn, metrics={**burn.metrics, "budget_consumed": 0.6})
    assert updated(entry, worse, RULE).impact["SLO Impact"] == "consumed 60% of the budget"
