"""Closed entries move to a file a year, byte for byte, and are still found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.model import Entry
from opsloop.verbs.archive import archive
from opsloop.verbs.entries import list_entries, search, show
from opsloop.verbs.resolve import resolve
from opsloop.verbs.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = Workspace(tmp_path, datetime(2026, 1, 31, tzinfo=UTC))
    entry = Entry(kind="issue", name="pool", summary="The connection pool ran full", metadata={"Service": "api"})
    ws.journal.append_all(
        [replace(entry, logged=logged) for logged in ("2024-05-01", "2025-05-01", "2025-06-01", "2026-01-01")]
    )
    for entry_id in ("OPS-20240501-001", "OPS-20250501-001", "OPS-20260101-001"):
        resolve(ws, entry_id, notes="raised")
    return ws


def text_of(ws: Workspace, name: str) -> str:
    return (ws.root / ".learnings" / name).read_text()


def test_closed_entries_move_by_year_and_stay_searchable(ws: Workspace) -> None:
    before = text_of(ws, "OPERATIONS_ISSUES.md")
    assert archive(ws, dry_run=True)["entries"] == archive(ws)["entries"]
    assert [path.name for path in sorted((ws.root / ".learnings" / "archive").iterdir())] == ["2024", "2025", "2026"]
    moved = text_of(ws, "archive/2024/OPERATIONS_ISSUES.md")
    block = moved[moved.index("## [") :]
    assert block.rstrip() in before
    assert [entry["id"] for entry in list_entries(ws)["entries"]] == ["OPS-20250601-001"]
    assert len(list_entries(ws, archived=True)["entries"]) == 4
    assert show(ws, "OPS-20240501-001")["entries"][0]["path"] == ".learnings/archive/2024/OPERATIONS_ISSUES.md"
    assert {hit["id"] for hit in search(ws, "pool")["results"]} >= {"OPS-20240501-001", "OPS-20250601-001"}
    assert ws.journal.problems() == []
    assert archive(ws)["entries"] == []


def test_an_id_in_the_archive_is_not_given_again(ws: Workspace) -> None:
    archive(ws)
    again = ws.journal.append(Entry(kind="issue", name="new", logged="2024-05-01"))
    assert again.id == "OPS-20240501-002"


def test_only_what_was_closed_long_enough_ago(ws: Workspace) -> None:
    assert archive(ws, older_than_days=30)["entries"] == []


def test_an_archived_entry_can_still_be_edited(ws: Workspace) -> None:
    archive(ws)
    resolve(ws, "OPS-20240501-001", notes="came back", status="in_progress")
    assert "came back" in text_of(ws, "archive/2024/OPERATIONS_ISSUES.md")


def test_a_crash_between_the_two_files_is_finished_by_the_next_run(ws: Workspace) -> None:
    before = text_of(ws, "OPERATIONS_ISSUES.md")
    archive(ws)
    (ws.root / ".learnings" / "OPERATIONS_ISSUES.md").write_text(before)
    assert len(ws.journal.entries()) == 4
    archive(ws)
    assert len(ws.journal.entries()) == 4
    assert ws.journal.problems() == []
