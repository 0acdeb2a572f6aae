"""What may not be read is named in one line, by every verb that needs it; nothing ends in a traceback."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsloop.errors import OutsideFailed
from opsloop.verbs.agents import status
from opsloop.verbs.doctor import doctor
from opsloop.verbs.entries import show
from opsloop.verbs.init import init
from opsloop.verbs.log import log
from opsloop.verbs.workspace import Workspace

NOBODY = 65534
LEARNING = {"category": "automation_gap", "summary": "Certificates are renewed by hand"}
VERBS = {
    "log": lambda ws: log(ws, "learning", LEARNING),
    "show": lambda ws: show(ws, "LRN-20260101-001"),
    "init": init,
    "search": lambda ws: ws.index.refresh(ws.journal),
}


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that somebody without rights can reach, unlike pytest's own; modules are loaded as long as they can be."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("HOME", folder)
        doctor(Workspace(Path(folder)))
        Path(folder).chmod(0o777)
        yield Path(folder)


@contextmanager
def without_rights() -> Iterator[None]:
    """Whoever runs this is not root meanwhile: for root every file can be read."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("verb", VERBS)
def test_a_journal_folder_that_may_not_be_entered_is_named_in_one_line(root: Path, verb: str) -> None:
    (root / ".learnings").mkdir(mode=0o000)
    with (
        without_rights(),
        pytest.raises(OutsideFailed, match=r"\.learnings cannot be used: Permission denied; [^\n]*$"),
    ):
        VERBS[verb](Workspace(root))


@pytest.mark.parametrize("verb", VERBS)
def test_a_file_with_the_name_of_the_journal_folder_is_named_in_one_line(root: Path, verb: str) -> None:
    (root / ".learnings").write_text("something else")
    with pytest.raises(OutsideFailed, match=r"\.learnings cannot be used: it is not a folder; [^\n]*$"):
        VERBS[verb](Workspace(root))


def test_doctor_goes_on_behind_a_folder_that_it_may_not_enter(root: Path) -> None:
    (root / ".learnings").mkdir(mode=0o000)
    with without_rights():
        told = doctor(Workspace(root))["problems"]
    assert any(".learnings cannot be used: Permission denied" in trouble["what"] for trouble in told)
    assert len({trouble["what"] for trouble in told}) == 1


def test_a_file_of_a_client_that_may_not_be_read_hides_no_other_client(root: Path) -> None:
    foreign = root / "CLAUDE.md"
    foreign.touch(mode=0o000)
    project = root / "project"
    (project / ".learnings").mkdir(parents=True)
    with without_rights():
        groups = {(group["client"], group["scope"]): group for group in status(Workspace(project))["groups"]}
        told = doctor(Workspace(project))["problems"]
    assert groups["claude-code", "user"]["hooks"] == "unreadable"
    assert groups["claude-code", "project"]["hooks"] == groups["codex", "user"]["hooks"] == "absent"
    assert [trouble["what"] for trouble in told] == [
        f"{foreign} cannot be read: Permission denied; nothing was changed"
    ]
