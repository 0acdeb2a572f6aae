"""Each entry holds one finding of a run, the one that it held before, and a second run changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.detect import Folded, fold, match
from opsloop.detect.entries import drafted
from opsloop.detect.matching import matched
from opsloop.detectors import load
from opsloop.journal import Journal
from opsloop.model import Entry, Finding

NOW = datetime(2026, 3, 7, tzinfo=UTC)
KEY = "incident_pattern.deployment-rollback"


def found(service: str | None, *, key: str = KEY, detector: str = "deployment_rollback", **metrics: Any) -> Finding:
    fix = {"kind": "missing_automation", "text": "Missing automation: do.", "because": "it failed"}
    return Finding(
        detector=detector,
        pattern_key=key,
        service=service,
        category="incident_pattern",
        area="change_management",
        severity="P3",
        priority="medium",
        first_seen=NOW - timedelta(days=6),
        last_seen=NOW - timedelta(days=1),
        count=2,
        evidence=(f"{service}-1", f"{service}-2"),
        metrics={"definition": "Rolled back.", "systemic_fix": fix, "manual": 0, **metrics},
        summary=f"{service}: 2 deployments rolled back, 0 by hand",
    )


def by_hand(service: str | None = None, **metadata: str) -> Entry:
    named = {"Services Affected": service} if service else {}
    return Entry(kind="issue", name="rollbacks", summary="Mine", metadata={"Pattern-Key": KEY, **named, **metadata})


def written(finding: Finding, entry_id: str) -> Entry:
    return replace(drafted(finding, load(finding.detector).rule, now=NOW), id=entry_id)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path, redact=lambda text: text)
    journal.init()
    return journal


def held(folded: list[Folded]) -> dict[tuple[str, str | None], str | None]:
    return {(one.finding.detector, one.finding.service): one.finding.entry_id for one in folded}


@pytest.mark.parametrize(
    "findings",
    [
        [found("checkout"), found(None)],
        [found(None), found("checkout")],
        [found("checkout"), found("checkout", detector="alert_recurrence"), found("search")],
        [found("shop,eu"), found("shop,us"), found("shop")],
        [found(None, services=["checkout", "search"]), found("checkout", detector="alert_recurrence")],
        [found("search", services=["checkout", "search"]), found("checkout", services=["checkout", "search"])],
    ],
    ids=lambda findings: "+".join(f"{one.service}" for one in findings),
)
def test_a_second_run_changes_nothing_in_any_order(journal: Journal, findings: list[Finding], tmp_path: Path) -> None:
    first = held(fold(findings, journal, now=NOW))
    assert len(set(first.values())) == len(findings)
    path = next(tmp_path.rglob("OPERATIONS_ISSUES.md"))
    before = path.read_bytes()
    for order in (findings, findings[::-1]):
        again = fold(order, journal, now=NOW + timedelta(hours=1))
        assert {one.state for one in again} == {"unchanged"}
        assert held(again) == first
        assert path.read_bytes() == before


def test_an_entry_by_hand_without_a_service_takes_one_finding_and_keeps_it(journal: Journal) -> None:
    mine = journal.append(by_hand())
    first = fold([found("checkout"), found("search")], journal, now=NOW)
    assert [one.state for one in first] == ["updated", "new"]
    assert first[0].finding.entry_id == mine.id
    assert journal.get(mine.id).service == "checkout"
    again = fold([found("search"), found("checkout")], journal, now=NOW)
    assert {one.state for one in again} == {"unchanged"}
    assert held(again) == held(first)


def test_the_exact_service_is_preferred_to_none_and_none_equals_none() -> None:
    nobody, checkout = written(found(None), "OPS-1"), written(found("checkout"), "OPS-2")
    assert match(found("checkout"), [nobody, checkout]) == checkout
    assert match(found(None), [checkout, nobody]) == nobody
    assert match(found("search"), [checkout]) is None


def test_a_missing_service_matches_any_while_no_other_finding_has_a_better_right() -> None:
    checkout = written(found("checkout"), "OPS-2")
    spread = found(None, services=["checkout", "search"])
    assert match(spread, [checkout]) == checkout
    assert matched([spread, found("checkout")], [checkout]) == [None, checkout]
    nobody = written(found(None), "OPS-1")
    assert matched([found("checkout"), found(None)], [nobody]) == [None, nobody]


def test_a_pattern_that_spreads_stays_with_the_entry_of_its_first_service() -> None:
    entries = [written(found(service), f"OPS-{service}") for service in ("mail", "checkout")]
    assert match(found(None, services=["checkout", "search"]), entries) == entries[1]


def test_what_another_detector_keeps_is_not_taken() -> None:
    other = written(found("checkout", detector="alert_recurrence"), "OPS-1")
    assert match(found("checkout"), [other]) is None
    gone = replace(other, metadata={**other.metadata, "Detector": "a_detector_of_old"})
    assert match(found("checkout"), [gone]) == gone


def test_an_open_entry_comes_before_a_closed_one() -> None:
    closed, pending = (replace(written(found("checkout"), name), status=state) for name, state in (("OPS-1", "resolved"), ("OPS-2", "pending")))  # fmt: skip
    assert match(found("checkout"), [closed, pending]) == pending


def test_many_services_are_matched_without_a_look_at_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def looks(count: int) -> int:
        findings = [found(f"s{number}") for number in range(count)]
        entries = [written(finding, f"OPS-{number}") for number, finding in enumerate(findings)]
        seen = []
        service = Entry.service.fget

        def looked(entry: Entry) -> str | None:
            seen.append(entry)
            return service(entry)

        with monkeypatch.context() as patched:
            patched.setattr(Entry, "service", property(looked))
            assert matched(findings, entries) == entries
        return len(seen)

    assert looks(80) <= 4 * looks(20)
