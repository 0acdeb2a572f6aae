"""The command line's frame: where it works, how it answers, how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pace import first_now

from opsloop.cli import VERBS, cli


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opsloop", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_an_unknown_verb_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    done = run("detec", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "opsloop: no verb 'detec'; did you mean 'detect'?\n"


def test_an_unknown_option_is_one_line_and_exit_2(tmp_path: Path) -> None:
    done = run("doctor", "--florp", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_errors_are_json_where_json_was_asked_for(tmp_path: Path) -> None:
    done = run("--json", "detec", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stderr)["error"]["code"] == "bad_input"
    assert done.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--root", "{}", "doctor"),
        pytest.param(("doctor", "--json", "--root", "{}"), marks=pytest.mark.slow),
    ],
)
def test_common_options_stand_before_and_after_the_verb(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*(word.format(tmp_path) for word in words), cwd=Path("/"))
    assert json.loads(done.stdout)["root"] == str(tmp_path.resolve())


@pytest.mark.parametrize("marker", first_now([".learnings", ".git"]))
def test_the_root_is_the_nearest_marked_folder_upward(marker: str, tmp_path: Path) -> None:
    (tmp_path / marker).mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert json.loads(run("doctor", "--json", cwd=inner).stdout)["root"] == str(tmp_path.resolve())


def test_a_root_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = run("doctor", "--root", str(tmp_path / "nowhere"), cwd=tmp_path)
    assert done.returncode == 2
    assert "no such folder" in done.stderr


def test_a_now_without_an_offset_is_refused(tmp_path: Path) -> None:
    done = run("doctor", "--now", "2026-01-31T12:00:00", cwd=tmp_path)
    assert done.returncode == 2
    assert "no offset" in done.stderr


@pytest.mark.slow
def test_looking_creates_nothing(tmp_path: Path) -> None:
    run("doctor", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_verb_of_the_table_can_be_loaded_and_says_what_it_does() -> None:
    import click

    context = click.Context(cli)
    for name in VERBS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(), name
