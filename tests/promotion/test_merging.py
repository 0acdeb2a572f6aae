"""Hand edits survive a promotion; where they can't, nothing is forced."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.errors import BadInput, Conflict
from opsloop.promote.drafts import Bases, Draft, draft_all
from opsloop.promote.merging import block_of, three_way, with_block
from opsloop.targets import Form

BASE = "# Runbook\n\nstep one\n\nstep two\n\nlast seen: Monday\n"
FILES = Form(promoted="runbook", place="docs")
BLOCK = Form(promoted="AGENTS.md", place="AGENTS.md", block=True)
ONCE = Form(promoted="skill", place="skills", once=True)

pytestmark = pytest.mark.needs("git")


def draft(root: Path, form: Form, text: str, *, base: str | None = None) -> Draft:
    bases = Bases(root / "bases")
    if base is not None:
        bases.path("file.md").parent.mkdir(exist_ok=True)
        bases.path("file.md").write_text(base, encoding="utf-8")
    return draft_all(form, {"file.md": text}, root=root, bases=bases)[0]


def test_edits_in_different_places_come_together() -> None:
    ours = BASE.replace("step one", "step one, gently")
    theirs = BASE.replace("Monday", "Friday")
    assert three_way(BASE, ours, theirs) == (ours.replace("Monday", "Friday"), False)


def test_edits_of_the_same_line_are_shown_and_not_resolved() -> None:
    text, conflict = three_way(BASE, BASE.replace("Monday", "never"), BASE.replace("Monday", "Friday"))
    assert conflict
    assert "never" in text
    assert "Friday" in text
    assert "<<<<<<< your text" in text


@given(st.text(alphabet="ab\n", max_size=30), st.text(alphabet="ab\n", max_size=30))
@settings(max_examples=30, deadline=None)
def test_what_only_one_side_changed_is_taken(base: str, other: str) -> None:
    assert three_way(base, base, other) == (other, False)
    assert three_way(base, other, base) == (other, False)


def test_a_new_file_is_a_diff_against_nothing(tmp_path: Path) -> None:
    made = draft(tmp_path, FILES, BASE)
    assert made.diff.startswith("--- /dev/null\n+++ b/file.md\n")
    assert made.after == BASE


def test_a_file_that_opsloop_never_wrote_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text("mine\n", encoding="utf-8")
    assert draft(tmp_path, FILES, BASE).conflict


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_bytes(BASE.replace("\n", "\r\n").encode())
    made = draft(tmp_path, FILES, BASE.replace("Monday", "Friday"), base=BASE)
    assert not made.conflict
    assert made.after == BASE.replace("Monday", "Friday").replace("\n", "\r\n")


def test_a_block_leaves_the_rest_of_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text("# Ours\n\ntext without end", encoding="utf-8")
    made = draft(tmp_path, BLOCK, "- rule\n")
    assert made.after.startswith("# Ours\n\ntext without end\n\n<!--")
    assert block_of(made.after) == "- rule\n"
    (tmp_path / "file.md").write_text(made.after + "\nmore of ours\n", encoding="utf-8")
    again = draft(tmp_path, BLOCK, "- rule\n- second\n", base="- rule\n")
    assert again.after.endswith("<!-- opsloop promoted rules: end -->\n\nmore of ours\n")
    assert block_of(again.after) == "- rule\n- second\n"


def test_edits_inside_a_block_survive(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text(with_block("# Ours\n", "- rule, mildly\n\n- b\n\n- c\n"), encoding="utf-8")
    made = draft(tmp_path, BLOCK, "- rule\n\n- b\n\n- c\n\n- d\n", base="- rule\n\n- b\n\n- c\n")
    assert block_of(made.after) == "- rule, mildly\n\n- b\n\n- c\n\n- d\n"


def test_what_is_written_once_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text("a skill", encoding="utf-8")
    with pytest.raises(Conflict, match="never overwritten"):
        draft(tmp_path, ONCE, BASE)


@pytest.mark.parametrize("path", ["../out.md", "/tmp/out.md", "docs/../../out.md", "."])
def test_no_target_writes_outside_of_the_project(path: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="leads out"):
        draft_all(FILES, {path: "x"}, root=tmp_path, bases=Bases(tmp_path / "bases"))


def test_a_link_does_not_lead_out_either(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "docs").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="leads out"):
        draft_all(FILES, {"docs/x.md": "x"}, root=tmp_path / "project", bases=Bases(tmp_path / "bases"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="no UTF-8"):
        draft(tmp_path, FILES, BASE)
