"""Files as hands, other tools and merges leave them: read as far as possible, reported, kept byte for byte."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from opsloop.errors import Conflict, OutsideFailed
from opsloop.index import Index
from opsloop.journal import Journal

CASES = Path(__file__).parent / "cases"


@pytest.fixture
def journal_of(tmp_path: Path):
    def make(case: str) -> Journal:
        path = tmp_path / ".learnings" / "OPERATIONS_ISSUES.md"
        path.parent.mkdir()
        path.write_bytes((CASES / case).read_bytes())
        return Journal(tmp_path, redact=str)

    return make


def said(journal: Journal) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in journal.problems()]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_adding_an_entry_keeps_every_byte_that_was_there(journal_of, case: str) -> None:
    journal = journal_of(case)
    before = {entry.id for entry in journal.entries()}
    entry = journal.append(replace(journal.entries()[0], id="", logged="2026-01-01T00:00:00Z", summary="new"))
    assert journal.layout.home("issue").read_bytes().startswith((CASES / case).read_bytes())
    assert {read.id for read in journal.entries()} == before | {entry.id}
    assert journal.get(entry.id) == entry


def test_windows_line_ends_and_a_missing_last_one(journal_of) -> None:
    journal = journal_of("crlf-and-no-final-newline.txt")
    entry = journal.get("OPS-20250115-A7B")
    assert (entry.summary, entry.service, entry.metadata["Tags"]) == ("Pool ran full", "checkout", "db")
    assert said(journal) == []
    journal.edit(entry.id, lambda old: replace(old, status="resolved", resolution={"Notes": "raised"}))
    before = (CASES / "crlf-and-no-final-newline.txt").read_bytes()
    after = journal.layout.home("issue").read_bytes()
    assert after.startswith(before.replace(b"pending", b"resolved"))
    assert journal.get(entry.id).resolution == {"Notes": "raised"}


def test_bytes_that_are_no_utf_8_survive_an_edit_and_are_reported(journal_of) -> None:
    journal = journal_of("invalid-utf-8.txt")
    assert journal.entries()[0].summary == "The caf\ufffd gateway"
    assert said(journal) == [(10, "not UTF-8; its bytes are kept as they are")]
    journal.edit("OPS-20250115-001", lambda old: replace(old, status="resolved"))
    before = (CASES / "invalid-utf-8.txt").read_bytes()
    assert journal.layout.home("issue").read_bytes() == before.replace(b"pending", b"resolved")


def test_what_a_code_fence_quotes_is_no_entry_and_no_section(journal_of) -> None:
    journal = journal_of("fenced-headings.txt")
    assert [entry.id for entry in journal.entries()] == ["OPS-20250115-001", "OPS-20250115-002"]
    assert journal.entries()[0].metadata == {"Service": "docs"}
    assert "an_example" in journal.entries()[0].details
    assert said(journal) == []


def test_a_fence_that_is_never_closed_hides_nothing(journal_of) -> None:
    journal = journal_of("fence-never-closed.txt")
    first, second = journal.entries()
    assert first.service == "api"
    assert second.mitigation == "```\nkubectl get pods\n```"
    assert said(journal) == [(10, "a code fence that is never closed")]


def test_merge_conflicts_are_read_reported_and_not_edited(journal_of) -> None:
    journal = journal_of("merge-conflict.txt")
    assert [(entry.id, entry.name) for entry in journal.entries()] == [
        ("OPS-20250115-001", "one"),
        ("OPS-20250115-002", "ours"),
        ("OPS-20250115-002", "theirs"),
    ]
    lines = [line for line, message in said(journal) if "merge-conflict" in message]
    assert lines == [7, 11, 18, 30]
    with pytest.raises(Conflict, match="merge-conflict"):
        journal.edit("OPS-20250115-001", lambda old: replace(old, status="resolved"))


def test_an_entry_twice_counts_once_when_it_is_the_same_and_is_reported(journal_of) -> None:
    journal = journal_of("twice.txt")
    assert [(e.id, e.status) for e in journal.entries()] == [
        ("OPS-20250115-001", "pending"),
        ("OPS-20250115-002", "pending"),
        ("OPS-20250115-002", "resolved"),
    ]
    assert [line for line, _ in said(journal)] == [11, 23]
    with pytest.raises(Conflict, match="stands 2 times"):
        journal.edit("OPS-20250115-002", lambda old: replace(old, status="resolved"))


def test_what_a_hand_wrote_its_own_way_is_understood(journal_of) -> None:
    journal = journal_of("by-hand.txt")
    (entry,) = journal.entries()
    assert (entry.logged, entry.status, entry.extra_fields) == ("2025-01-15", "pending", {"Owner": "platform team"})
    assert entry.summary == "Words in capitals\n---\na rule inside the text"
    assert entry.root_cause == "A leak."
    assert entry.impact == {
        "": "Everybody was affected.",
        "Users Affected": "40%",
        "Duration": "2 hours\nand a bit",
    }
    assert entry.action_items == ("[x] Raise the limit (ana, friday)", "Alert at 80%", "plain item")
    assert entry.timeline == (("10:02", "paged"), ("10:05", "a | pipe"), ("", "- 10:30 back"))
    assert entry.metadata["See Also"] == "OPS-20240110-001, OPS-20240110-002"
    assert entry.metadata["Link"] == "https://example.com/a:b"
    assert entry.extra_sections["Runbook Notes"] == "A section of our own"
    assert entry.extra_sections[""] == "Some words before any section."
    no_id = "a heading that begins like an entry's but has no id TYPE-YYYYMMDD-XXX"
    assert said(journal) == [(46, no_id), (51, no_id)]


def test_an_edit_of_an_entry_written_by_hand_changes_one_line(journal_of) -> None:
    journal = journal_of("by-hand.txt")
    before = (CASES / "by-hand.txt").read_text().split("\n")
    journal.edit("OPS-20250115-001", lambda old: replace(old, status="in_progress"))
    after = journal.layout.home("issue").read_text().split("\n")
    assert [line for line in after if line not in before] == ["- **Status**: in_progress"]
    assert len(after) == len(before)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, a file that nobody can read from its start")
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / ".learnings" / "LEARNINGS.md"
    path.parent.mkdir()
    path.symlink_to("/proc/self/mem")
    journal, index = Journal(tmp_path, redact=str), Index(tmp_path / "index.sqlite")
    for read in (journal.entries, journal.problems, lambda: journal.get("LRN-20260101-001")):
        with pytest.raises(OutsideFailed, match=r"^\S*LEARNINGS\.md cannot be read: [^\n]+$"):
            read()
    with pytest.raises(OutsideFailed, match="cannot be read"):
        index.refresh(journal)


def test_headings_quoted_in_several_code_blocks_of_one_entry_do_not_cut_it(journal_of) -> None:
    journal = Journal(journal_of("by-hand.txt").layout.root, redact=str)
    quote = "```\n## [OPS-20260101-001] quoted\n\\## [escaped\n```"
    kept = journal.append(replace(journal.entries()[0], id="", details=quote, mitigation=quote))
    assert (kept.details, kept.mitigation) == (quote, quote)
    assert [entry for entry in journal.entries() if entry.id in (kept.id, "OPS-20260101-001")] == [kept]
