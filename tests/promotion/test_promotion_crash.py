"""Killed between any two steps, a promotion is either not begun or, after doctor, wholly done."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.model import Entry
from opsloop.promote.transaction import INTENTS, unfinished
from opsloop.verbs.doctor import doctor
from opsloop.verbs.promote import promote
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
IDS = ("LRN-20260401-001", "LRN-20260401-002")
CHILD = """
import os, signal, sys
from pathlib import Path
from opsloop.promote import transaction
from opsloop.verbs import promote as verb
from opsloop.verbs.workspace import Workspace
from opsloop.model import parse_time

last = int(sys.argv[2])

def dying(intent, place):
    for number, _ in enumerate(transaction.steps(intent, place), 1):
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

verb.carry_out = dying
verb.promote(Workspace(Path(sys.argv[1]), parse_time("2026-04-02T09:00:00Z")), sys.argv[3:], "backlog", write=True)
"""
STEPS = 1 + 3 + 3 + 2 + 1
"""The intent, three files, their bases, two entries, the audit; after these the intent is forgotten."""


def company(root: Path) -> Workspace:
    ws = Workspace(root, NOW)
    ws.journal.init()
    for number, entry_id in enumerate(IDS, 1):
        summary = f"Toil number {number}"
        ws.journal.append(
            Entry(kind="learning", id=entry_id, category="toil_accumulation", priority="medium", summary=summary)
        )
    return ws


def told(root: Path) -> dict[str, str]:
    """Every promoted file and journal file with its text."""
    files = [*root.glob("docs/**/*.md"), *root.glob(".learnings/*.md"), *root.glob(".opsloop/promoted/**/*.md")]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How it looks when nothing goes wrong."""
    root = tmp_path_factory.mktemp("whole")
    promote(company(root), IDS, "backlog", write=True)
    return told(root)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_killed_after_a_step_and_repaired(step: int, done: dict[str, str], tmp_path: Path) -> None:
    company(tmp_path)
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(step), *IDS], check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(unfinished(tmp_path / ".opsloop")) == 1
    found = doctor(Workspace(tmp_path, NOW))["problems"]
    assert any("was cut off and is now done" in one["what"] for one in found)
    assert told(tmp_path) == done
    assert not unfinished(tmp_path / ".opsloop")
    assert not [one for one in doctor(Workspace(tmp_path, NOW))["problems"] if one["check"] == "promotions"]


def test_steps_are_as_many_as_this_test_thinks(tmp_path: Path) -> None:
    from opsloop.promote import transaction
    from opsloop.verbs import promote as verb

    ws = company(tmp_path)
    plan = verb._draft(ws, IDS, "backlog", name=None, slo=None)
    intent = transaction.Intent(target="backlog", actor="test", drafts=plan.drafts, marks=plan.marks)
    assert len(list(transaction.steps(intent, verb.place(ws)))) == STEPS + 1


@pytest.mark.slow
def test_what_was_edited_after_the_crash_stays(done: dict[str, str], tmp_path: Path) -> None:
    company(tmp_path)
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), "2", *IDS], check=False, capture_output=True)
    edited = tmp_path / "docs" / "automation-backlog.md"
    edited.write_text("edited in between\n", encoding="utf-8")
    (one,) = [one for one in doctor(Workspace(tmp_path, NOW))["problems"] if one["check"] == "promotions"]
    assert "left as edited since: docs/automation-backlog.md" in one["what"]
    assert edited.read_text(encoding="utf-8") == "edited in between\n"
    assert Workspace(tmp_path, NOW).journal.get(IDS[0]).status == "promoted"


@pytest.mark.slow
def test_the_next_promotion_finishes_the_last_one_first(done: dict[str, str], tmp_path: Path) -> None:
    ws = company(tmp_path)
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), "1", *IDS], check=False, capture_output=True)
    promote(ws, IDS[:1], "agents", write=True)
    assert not list((tmp_path / ".opsloop" / INTENTS).iterdir())
    assert Workspace(tmp_path, NOW).journal.get(IDS[0]).extra_fields["Promoted"] == "automation backlog, AGENTS.md"


@pytest.mark.slow
def test_two_at_once_both_arrive(tmp_path: Path) -> None:
    company(tmp_path)
    command = "import sys; from pathlib import Path; from opsloop.verbs.promote import promote; from opsloop.verbs.workspace import Workspace; promote(Workspace(Path(sys.argv[1])), [sys.argv[2]], 'backlog', write=True)"
    running = [subprocess.Popen([sys.executable, "-c", command, str(tmp_path), entry_id]) for entry_id in IDS]
    assert [one.wait() for one in running] == [0, 0]
    text = (tmp_path / "docs" / "automation-backlog.md").read_text(encoding="utf-8")
    assert all(entry_id in text for entry_id in IDS)
    assert not list((tmp_path / ".opsloop" / INTENTS).iterdir())
