"""``doctor`` finds each broken set-up, says what it is and what to do; no verb answers one with a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import opsloop

from opsloop.verbs.doctor import doctor
from opsloop.verbs.init import init
from opsloop.verbs.log import log
from opsloop.verbs.workspace import Workspace


def _settings(text: str) -> Callable[[Path], object]:
    return lambda root: (root / "opsloop.toml").write_text(text, encoding="utf-8")


def _state(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda root: (root / ".opsloop" / name).write_bytes(content)


def _folder_for(name: str) -> Callable[[Path], object]:
    def swap(root: Path) -> None:
        path = root / name
        path.unlink(missing_ok=True)
        path.mkdir()

    return swap


def _file_for(name: str) -> Callable[[Path], object]:
    def swap(root: Path) -> None:
        shutil.rmtree(root / name)
        (root / name).write_text("x", encoding="utf-8")

    return swap


def _lake_file(root: Path) -> None:
    day = root / ".opsloop" / "lake" / "day=2026-01-01"
    day.mkdir(parents=True)
    (day / "x.parquet").write_text("garbage", encoding="utf-8")


def _append(text: str) -> Callable[[Path], object]:
    def add(root: Path) -> None:
        with (root / ".learnings" / "OPERATIONS_ISSUES.md").open("a", encoding="utf-8") as file:
            file.write(text)

    return add


def _slo(root: Path) -> None:
    (root / "slo").mkdir()
    (root / "slo" / "a.yaml").write_text("apiVersion: [", encoding="utf-8")


def _hook_of_deleted_python(root: Path) -> None:
    assert opsloop(root, "agents", "install", "claude-code", "--scope", "project", "--yes").returncode == 0
    path = root / ".claude" / "settings.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    for groups in settings["hooks"].values():
        for hook in (hook for group in groups for hook in group["hooks"]):
            command = hook["command"].split(" ")
            hook["command"] = " ".join(["/gone/python3", *command[1:]])
    path.write_text(json.dumps(settings), encoding="utf-8")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "settings are no TOML": (_settings("[serve"), "opsloop.toml"),
    "settings are no text": (lambda root: (root / "opsloop.toml").write_bytes(b"\xff\xfe"), "opsloop.toml"),
    "settings are a folder": (_folder_for("opsloop.toml"), "opsloop.toml"),
    "an unknown section": (_settings("[stoer]\n"), "stoer"),
    "an unknown zone": (_settings('[hours]\ntimezone = "Mars/Base"\n'), "Mars/Base"),
    "an unknown detector": (_settings("[detectors.nosuch]\nx = 1\n"), "nosuch"),
    "a threshold that is no number": (_settings('[detectors.alert_fatigue]\nmax_episodes_per_day = "many"\n'), "many"),
    "a secret that is not set": (_settings('[sources.github]\nsecret_env = "NO_SUCH_VARIABLE"\n'), "NO_SUCH_VARIABLE"),
    "an SLO that is no YAML": (_slo, "slo/a.yaml"),
    "signals that are no database": (_state("signals.sqlite", b"garbage " * 200), "signals.sqlite"),
    "a lake file of somebody else": (_lake_file, "x.parquet"),
    "a short mask key": (_state("mask.key", b""), "mask.key"),
    "a mask key for all": (lambda root: (root / ".opsloop" / "mask.key").chmod(0o644), "chmod 600"),
    "tokens that are no JSON": (_state("tokens.json", b"{bad"), "tokens.json"),
    "a review that is no JSON": (_state("review.json", b"{bad"), "review.json"),
    "runs that are no JSON": (_state("runs.jsonl", b"{bad\n"), "runs.jsonl"),
    "a lock that is a folder": (_folder_for(".opsloop/journal.lock"), "journal.lock"),
    "learnings that are a file": (_file_for(".learnings"), ".learnings"),
    "a state that is a file": (_file_for(".opsloop"), ".opsloop"),
    "an entry that was cut off": (_append("\n## [OPS-20260101-009] torn\n\n**Logged**: 2026"), "middle of a line"),
    "an unresolved merge": (_append("\n<<<<<<< HEAD\n## [OPS-20260101-009] x\n=======\n>>>>>>> b\n"), "merge-conflict"),
    "a hook of a deleted Python": (_hook_of_deleted_python, "agents install claude-code"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project in good health."""
    ws = Workspace(tmp_path)
    init(ws)
    log(ws, "issue", {"summary": "Pool of db-7.internal full"})
    assert doctor(ws)["problems"] == []
    return tmp_path


@pytest.mark.parametrize("name", BROKEN)
def test_doctor_finds_it_and_says_what_to_do(name: str, root: Path) -> None:
    spoil, told = BROKEN[name]
    spoil(root)
    problems = doctor(Workspace(root))["problems"]
    assert any(told in f"{one['where']} {one['what']} {one['fix']}" for one in problems), problems
    assert all(one["fix"] for one in problems)
    assert len({(one["where"], one["what"]) for one in problems}) == len(problems)
    assert len(problems) <= 3, "one cause is not told again and again"


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_no_verb_answers_with_a_traceback(name: str, root: Path) -> None:
    BROKEN[name][0](root)
    for words in (("list",), ("log", "issue", "--summary", "Another pool full"), ("signals",), ("token", "list")):
        done = opsloop(root, *words)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in {0, 2, 4, 5}, (words, done.stderr)
        assert done.stderr.count("\n") == (1 if done.returncode else 0)
