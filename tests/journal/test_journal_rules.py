"""Layout, ids, redaction, edits: what the journal promises to those who write to it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from opsloop.errors import BadInput, Conflict, ExternallyChanged, NotFound
from opsloop.journal import Journal
from opsloop.model import Entry

LEARNING = Entry(kind="learning", category="automation_gap", summary="By hand", logged="2026-01-31T12:00:00Z")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, redact=str)


def text_of(journal: Journal) -> str:
    return journal.layout.home("learning").read_text()


def test_init_creates_the_three_files_once(journal: Journal) -> None:
    names = [".learnings/LEARNINGS.md", ".learnings/OPERATIONS_ISSUES.md", ".learnings/FEATURE_REQUESTS.md"]
    assert journal.init() == (names, [], [])
    journal.layout.home("issue").write_text("mine")
    assert journal.init() == ([], names, [])
    assert journal.layout.home("issue").read_text() == "mine"
    assert text_of(journal).startswith("# Operations Learnings\n\nProcess bottlenecks, incident patterns, ")
    assert text_of(journal).endswith("| runbooks | on_call\n\n---\n")


def test_a_stacked_journal_writes_to_its_own_folder_only(journal: Journal) -> None:
    made = journal.init(stacked=True)
    assert ".learnings/operations/LEARNINGS.md" in made.created
    assert ".learnings/INDEX.md" in made.created
    written = journal.append(LEARNING)
    assert journal.path_of(written) == ".learnings/operations/LEARNINGS.md"
    assert Journal(journal.layout.root, redact=str).init().existing == [
        ".learnings/operations/LEARNINGS.md",
        ".learnings/operations/OPERATIONS_ISSUES.md",
        ".learnings/operations/FEATURE_REQUESTS.md",
        ".learnings/INDEX.md",
    ]


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize(("choice", "seen"), [("local", False), ("hybrid", False), ("tracked", True)])
def test_gitignore_choices_as_git_sees_them(tmp_path: Path, choice: str, seen: bool, stacked: bool) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*.log")
    journal = Journal(tmp_path, redact=str)
    for _ in range(2):
        journal.init(stacked=stacked, gitignore=choice)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True
    ).stdout
    assert ("LEARNINGS.md" in listed) == seen
    assert (".gitkeep" in listed) == (choice == "hybrid")
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[0] == "*.log"
    assert len(lines) == (1 if choice == "tracked" else 2)


def test_ids_count_up_within_a_day_and_go_on_after_999(journal: Journal) -> None:
    journal.append(replace(LEARNING, id="LRN-20260131-998"))
    journal.append(replace(LEARNING, id="LRN-20260131-A7B"))
    ids = [entry.id for entry in journal.append_all([LEARNING] * 3)]
    assert ids == ["LRN-20260131-999", "LRN-20260131-1000", "LRN-20260131-1001"]
    other_day = journal.append(replace(LEARNING, logged="2026-02-01T00:30:00+01:00"))
    assert other_day.id == "LRN-20260131-1002"


def test_an_id_written_by_hand_meanwhile_is_not_given_again(journal: Journal) -> None:
    journal.append(LEARNING)
    path = journal.layout.home("learning")
    path.write_text(text_of(journal) + "\n## [LRN-20260131-007] by hand\n\n---\n")
    assert journal.append(LEARNING).id == "LRN-20260131-008"


def test_an_id_that_is_taken_or_malformed_is_refused(journal: Journal) -> None:
    journal.append(LEARNING)
    with pytest.raises(Conflict, match="exists already"):
        journal.append(replace(LEARNING, id="LRN-20260131-001"))
    with pytest.raises(BadInput, match="look like LRN"):
        journal.append(replace(LEARNING, id="OPS-20260131-001"))


def test_a_day_with_5000_entries(journal: Journal) -> None:
    written = journal.append_all([LEARNING] * 5000)
    assert written[-1].id == "LRN-20260131-5000"
    assert journal.append(LEARNING).id == "LRN-20260131-5001"
    assert len(journal.entries()) == 5001


def test_every_text_is_redacted_before_it_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, redact=lambda text: text.replace("hunter2", "[secret]"))
    hidden = "hunter2"
    entry = Entry(
        kind="issue",
        name=hidden,
        logged="2026-01-31T12:00:00Z",
        summary=hidden,
        details=hidden,
        impact={hidden: hidden},
        timeline=(("10:00", hidden),),
        action_items=(hidden,),
        metadata={"Tags": hidden},
        extra_fields={"Owner": hidden},
        extra_sections={hidden: hidden},
    )
    written = journal.append(entry)
    journal.edit(written.id, lambda old: replace(old, resolution={"Notes": hidden}))
    assert hidden not in journal.layout.home("issue").read_text()


def test_an_edit_leaves_words_of_others_alone_even_those_that_redaction_would_mask(tmp_path: Path) -> None:
    plain = Journal(tmp_path, redact=str)
    written = plain.append(replace(LEARNING, details="password hunter2"))
    masking = Journal(tmp_path, redact=lambda text: text.replace("hunter2", "[secret]"))
    masking.edit(written.id, lambda old: replace(old, status="resolved"))
    assert "password hunter2" in text_of(plain)


def test_a_promoted_field_adds_one_line_and_changes_one(journal: Journal) -> None:
    written = journal.append(LEARNING)
    before = text_of(journal).split("\n")
    journal.edit(written.id, lambda old: replace(old, status="promoted", extra_fields={"Promoted": "runbook"}))
    after = text_of(journal).split("\n")
    assert [line for line in after if line not in before] == ["**Status**: promoted", "**Promoted**: runbook"]
    assert len(after) == len(before) + 1
    assert after.index("**Promoted**: runbook") == after.index("**Skill**: operations") + 1


def test_a_resolution_stands_right_after_the_metadata(journal: Journal) -> None:
    written = journal.append(replace(LEARNING, metadata={"Service": "api"}))
    journal.edit(written.id, lambda old: replace(old, resolution={"Resolved": "2026-02-01T00:00:00Z", "Notes": "ok"}))
    assert text_of(journal).endswith(
        "### Metadata\n- Service: api\n\n### Resolution\n- **Resolved**: 2026-02-01T00:00:00Z\n- **Notes**: ok\n\n---\n"
    )


def test_an_edit_is_refused_when_somebody_changed_the_entry_meanwhile(journal: Journal) -> None:
    written = journal.append(LEARNING)
    path = journal.layout.home("learning")

    def change(old: Entry) -> Entry:
        path.write_text(text_of(journal).replace("By hand", "By somebody"))
        return replace(old, status="resolved")

    with pytest.raises(ExternallyChanged, match=r"LRN-20260131-001 changed in .learnings/LEARNINGS.md"):
        journal.edit(written.id, change)
    assert "By somebody" in text_of(journal)
    assert "resolved" not in text_of(journal)


def test_an_edit_keeps_what_somebody_changed_elsewhere_in_the_file_meanwhile(journal: Journal) -> None:
    written = journal.append(LEARNING)
    path = journal.layout.home("learning")

    def change(old: Entry) -> Entry:
        path.write_text(text_of(journal) + "\n## [LRN-20260131-077] by hand\n\n---\n")
        return replace(old, status="resolved")

    journal.edit(written.id, change)
    assert journal.get("LRN-20260131-077").category == "by hand"
    assert journal.get(written.id).status == "resolved"
    assert journal.append(LEARNING).id == "LRN-20260131-078"


def test_an_entry_of_another_skill_is_not_rewritten(journal: Journal) -> None:
    journal.init()
    path = journal.layout.home("learning")
    path.write_text(text_of(journal) + "\n## [LRN-20260131-001] x\n\n**Status**: pending\n**Skill**: coding\n\n---\n")
    with pytest.raises(BadInput, match="belongs to the skill 'coding'"):
        journal.edit("LRN-20260131-001", lambda old: replace(old, status="resolved"))


def test_an_edit_keeps_the_file_s_permissions_and_a_link_to_it(tmp_path: Path, journal: Journal) -> None:
    written = journal.append(LEARNING)
    path, real = journal.layout.home("learning"), tmp_path / "real.md"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    journal.edit(written.id, lambda old: replace(old, status="resolved"))
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "**Status**: resolved" in real.read_text()


def test_an_unknown_id_is_not_found(journal: Journal) -> None:
    with pytest.raises(NotFound):
        journal.get("LRN-20260131-001")
    with pytest.raises(NotFound):
        journal.edit("LRN-20260131-001", lambda old: old)
