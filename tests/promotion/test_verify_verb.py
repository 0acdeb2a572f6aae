"""verify writes what a look decided into the entry, once; a pattern that came back reopens it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsloop.errors import BadInput, NotFound
from opsloop.model import Entry, Signal
from opsloop.verbs.promote import promote
from opsloop.verbs.resolve import resolve
from opsloop.verbs.verify import verify
from opsloop.verbs.workspace import Workspace

DAY = timedelta(days=1)
PROMOTED = datetime(2026, 3, 1, tzinfo=UTC)
ID = "OPS-20260228-001"


def incidents(times: int, start: datetime, end: datetime) -> list[Signal]:
    return [
        Signal(
            id=f"{start:%Y%m%d}-{step}",
            source="pagerduty",
            kind="incident",
            status="started",
            at=start + (end - start) * (step + 0.5) / times,
            service="checkout",
            fingerprint=f"{start:%Y%m%d}-{step}",
            name="Pool exhausted",
            attrs={"pattern_key": "incident_pattern.pool"},
        )
        for step in range(times)
    ]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path, PROMOTED)
    found.journal.init()
    metadata = {"Pattern-Key": "incident_pattern.pool", "Services Affected": "checkout"}
    found.journal.append(
        Entry(
            kind="issue",
            id=ID,
            name="pool",
            priority="medium",
            summary="Pool exhausted",
            mitigation="Restart",
            metadata=metadata,
        )
    )
    found.store.append(incidents(90, PROMOTED - 250 * DAY, PROMOTED), origin="test", now=PROMOTED)
    return found


def at(ws: Workspace, days: float) -> Workspace:
    return Workspace(ws.root, PROMOTED + days * DAY)


def happens(ws: Workspace, times: int, first_day: float, last_day: float) -> None:
    ws.store.append(incidents(times, PROMOTED + first_day * DAY, PROMOTED + last_day * DAY), origin="test", now=ws.now)


def test_promote_look_and_verdict(ws: Workspace) -> None:
    promote(ws, [ID], "runbook", write=True)
    entry = ws.journal.get(ID)
    look = datetime.fromisoformat(entry.metadata["Look"]).replace(tzinfo=UTC)
    assert timedelta(days=30) <= look - PROMOTED <= timedelta(days=90)
    happens(ws, 4, 0, 90)
    (interim,) = verify(at(ws, 20), ID)["verdicts"]
    assert (interim["decision"], interim["reason"]) == ("not_enough_data", "before_look")
    assert "Verdict" not in ws.journal.get(ID).metadata
    (verdict,) = verify(at(ws, 91), ID)["verdicts"]
    assert verdict["decision"] == "improved"
    assert verdict["ci_high"] < 1
    written = at(ws, 91).journal.get(ID)
    assert written.metadata["Verdict"].startswith("improved (rate ratio ")
    before = {path: path.read_bytes() for path in (ws.root / ".learnings").rglob("*.md")}
    assert verify(at(ws, 95))["verdicts"][0]["decision"] == "improved"
    assert {path: path.read_bytes() for path in (ws.root / ".learnings").rglob("*.md")} == before


@pytest.mark.slow
def test_a_pattern_that_comes_back_reopens_its_entry(ws: Workspace) -> None:
    promote(ws, [ID], "runbook", write=True)
    happens(ws, 4, 0, 90)
    verify(at(ws, 91))
    happens(ws, 20, 91, 110)
    (verdict,) = verify(at(ws, 110))["verdicts"]
    assert verdict["reopened"]
    entry = at(ws, 110).journal.get(ID)
    assert (entry.status, entry.priority) == ("pending", "high")
    assert entry.metadata["Tried"].startswith("runbook 2026-03-01: improved (rate ratio ")
    assert "(reopened 2026-06-19)" in entry.metadata["Tried"]
    assert not entry.metadata.keys() & {"Promoted-At", "Baseline", "Look", "Verdict"}
    assert [one["action"] for one in ws.audit.records(subject=ID)] == ["promoted", "reopened"]
    assert verify(at(ws, 111))["verdicts"] == []
    again = promote(at(ws, 111), [ID], "runbook", write=True)
    assert again["status"] == "promoted"
    assert at(ws, 111).journal.get(ID).metadata["Promoted-At"] == "2026-06-20T00:00:00Z"


@pytest.mark.slow
def test_what_got_worse_is_reopened_too(ws: Workspace) -> None:
    promote(ws, [ID], "runbook", write=True)
    happens(ws, 90, 0, 90)
    (verdict,) = verify(at(ws, 91))["verdicts"]
    assert verdict["decision"] == "worse"
    assert at(ws, 91).journal.get(ID).status == "pending"


@pytest.mark.slow
def test_a_resolved_entry_gets_its_plan_and_its_verdict(ws: Workspace) -> None:
    resolve(ws, ID, notes="Separate pools")
    entry = ws.journal.get(ID)
    assert entry.metadata.keys() >= {"Baseline", "Look"}
    assert "Promoted-At" not in entry.metadata
    (verdict,) = verify(at(ws, 91), ID)["verdicts"]
    assert verdict["decision"] == "improved"
    assert verdict["after"]["count"] == 0
    assert verdict["promoted_at"] == "2026-03-01T00:00:00Z"


@pytest.mark.slow
def test_a_resolved_entry_that_happens_again_twice_is_reopened(ws: Workspace) -> None:
    resolve(ws, ID, notes="Separate pools")
    happens(ws, 12, 0, 20)
    verify(at(ws, 20))
    entry = at(ws, 20).journal.get(ID)
    assert entry.status == "pending"
    assert "resolved 2026-03-01" in entry.metadata["Tried"]


def test_only_what_was_done_can_be_verified(ws: Workspace) -> None:
    assert verify(ws)["verdicts"] == []
    with pytest.raises(BadInput, match="nothing to compare"):
        verify(ws, ID)
    with pytest.raises(NotFound):
        verify(ws, "OPS-20200101-001")


def test_metadata_that_cannot_be_read_names_the_entry(ws: Workspace) -> None:
    said = {"Promoted-At": "2026-01-01", "Baseline": "last year"}
    ws.journal.append(Entry(kind="issue", id="OPS-20260228-002", name="x", status="promoted", metadata=said))
    with pytest.raises(BadInput, match="OPS-20260228-002"):
        verify(ws, "OPS-20260228-002")
