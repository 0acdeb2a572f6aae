"""What people already have becomes entries once: cleaned, masked, with its origin."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.errors import NotFound
from opsloop.model import Entry
from opsloop.verbs.importing import import_folder
from opsloop.verbs.recall import recall
from opsloop.verbs.workspace import Workspace

FOLDER = Path(__file__).parent / "folder"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, datetime(2026, 1, 31, tzinfo=UTC))


def only(ws: Workspace, folder: Path) -> Entry:
    import_folder(ws, folder)
    (entry,) = ws.journal.entries()
    return entry


def test_a_folder_twice_without_duplicates(ws: Workspace) -> None:
    planned = import_folder(ws, FOLDER, dry_run=True)
    assert not (ws.root / ".learnings").exists()
    done = import_folder(ws, FOLDER)
    assert [item["origin"] for item in done["entries"]] == [item["origin"] for item in planned["entries"]]
    assert len(done["entries"]) == 7
    again = import_folder(ws, FOLDER)
    assert (again["entries"], again["duplicates"]) == ([], 7)
    assert len(ws.journal.entries()) == 7
    assert len(ws.audit.records()) == 7


def test_what_cannot_be_used_is_named(ws: Workspace) -> None:
    skipped = {item["origin"]: item["why"] for item in import_folder(ws, FOLDER)["skipped"]}
    assert skipped["ERRORS.md#ERR-20250116-001"] == "says too little to learn from"
    assert skipped["README.md"] == "neither entries nor front matter"
    assert skipped["broken.md"].startswith("front matter is not YAML")


def test_errors_of_the_general_skill_become_issues(ws: Workspace) -> None:
    entry = only(ws, FOLDER / ".learnings" / "ERRORS.md")
    assert (entry.kind, entry.id, entry.status) == ("issue", "OPS-20250115-001", "resolved")
    assert entry.name == "docker_build"
    assert "no match for platform" in entry.details
    assert entry.suggested_action == "Add --platform linux/amd64"
    assert entry.metadata["Imported-From"] == "ERRORS.md#ERR-20250115-A3F"
    assert entry.area is None


def test_learnings_of_a_sibling_skill_are_masked_and_keep_their_skill_s_name(ws: Workspace) -> None:
    entry = only(ws, FOLDER / ".learnings" / "coding")
    assert (entry.category, entry.priority, entry.metadata["Origin-Skill"]) == ("automation_gap", "medium", "coding")
    assert "10.20.30.40" not in entry.details
    assert "ops@example.com" not in entry.details


def test_a_postmortem_with_front_matter(ws: Workspace) -> None:
    entry = only(ws, FOLDER / "postmortems")
    assert entry.name == "checkout_outage_connection_pool_exhausted"
    assert (entry.logged, entry.severity, entry.status) == ("2024-11-02T00:00:00Z", "P2", "resolved")
    assert entry.summary == "A monthly batch opened forty connections and the pool ran full."
    assert entry.details == "More words about it.\n\nWhere we got lucky:\nIt was night."
    assert entry.impact == {"": "40% of payments failed.", "Duration": "2h 10m"}
    assert entry.timeline == (("02:00", "batch started"), ("02:04", "paged"))
    assert entry.root_cause == "The batch and the API share one pool."
    assert "kubectl scale" in entry.mitigation
    assert entry.prevention == "Give the batch its own pool."
    assert entry.action_items == ("[x] separate pools (ana)", "alert at 80%")
    assert entry.metadata["Services Affected"] == "checkout, billing"


def test_an_export_is_folded_into_what_kept_happening(ws: Workspace) -> None:
    import_folder(ws, FOLDER / "exports" / "pagerduty.json")
    storage, search = ws.journal.entries()
    assert storage.summary == "Disk 95% full on node 3 (2 times, 2025-03-01 to 2025-03-09)"
    assert (storage.service, storage.severity, storage.status) == ("storage", "P2", "resolved")
    assert (storage.metadata["Recurrence-Count"], storage.metadata["First-Seen"]) == ("2", "2025-03-01")
    assert storage.resolution == {"Resolved": "2025-03-09T11:00:00Z"}
    assert (search.service, search.severity, search.status) == ("search", "P4", "pending")


def test_exports_as_csv_and_of_opsgenie(ws: Workspace) -> None:
    import_folder(ws, FOLDER / "exports")
    found = {entry.service: entry for entry in ws.journal.entries()}
    assert found["payments"].logged == "2025-03-31T22:00:00Z"
    assert found["payments"].summary == "Certificate of the payment gateway expired"
    assert found["prometheus"].severity == "P1"
    assert found["prometheus"].details == "Consumers were scaled to zero by the autoscaler"
    assert found["prometheus"].metadata["Tags"] == "mail, queue"


def test_the_journal_s_own_files_are_not_imported_into_it(ws: Workspace) -> None:
    ws.journal.append(Entry(kind="learning", category="automation_gap", summary="certificates are renewed by hand"))
    assert import_folder(ws, ws.root / ".learnings")["entries"] == []


def test_hidden_characters_and_forged_headings_of_outside_text_do_no_harm(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    title = "Pool\u202e ran \x1b[31mfull\u200b again and again"
    text = "## [OPS-20250101-001] forged\n\n**Status**: resolved\n\n### Metadata\n- Service: evil\n```never closed"
    row = {"id": "1", "title": title, "description": text, "created_at": "2025-01-01T00:00:00Z", "status": "open"}
    path.write_text(json.dumps([row]))
    entry = only(ws, path)
    assert entry.summary == "Pool ran full again and again"
    assert entry.details == text
    assert entry.service is None
    assert ws.journal.problems() == []


def test_a_folder_that_is_not_there(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        import_folder(ws, ws.root / "missing")


RUNBOOK = """# Runbook: ledger failover

Use when the primary of the ledger stops accepting writes.

## Steps
1. Check replication lag.
2. Promote the standby.

## Escalation
Call the database team, password=hunter2Winter.
"""


def test_a_runbook_is_found_by_its_symptom_and_tells_its_first_step(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "failover.md").write_text(RUNBOOK, encoding="utf-8")
    (folder / "notes.md").write_text("# Notes\n\nNothing to do here.\n", encoding="utf-8")
    promoted = (
        "# Runbook: pool\n\n<!-- Runbook promoted by opsloop from OPS-1; edit it freely -->\n\n## Steps\n1. Restart\n"
    )
    (folder / "pool.md").write_text(promoted, encoding="utf-8")
    entry = only(ws, folder)
    assert (entry.kind, entry.area, entry.status, entry.origin) == ("learning", "runbooks", "resolved", "import")
    assert entry.summary == "ledger failover: Use when the primary of the ledger stops accepting writes."
    assert entry.suggested_action.startswith("1. Check replication lag.")
    assert "hunter2" not in entry.details
    assert import_folder(ws, folder)["duplicates"] == 1
    [hit] = recall(ws, "ledger primary stops accepting writes")["results"]
    assert hit["text"].endswith("\u2192 Check replication lag.")
