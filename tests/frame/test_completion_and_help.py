"""Tab in three shells, examples in every help, tables as wide as the window, the nearest name for a mistyped one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from commandline import opsloop

from opsloop.cli import VERBS, cli

COMMAND = Path(sys.executable).with_name("opsloop")


def _asked(shell: str, words: str) -> str:
    """What the product answers when the shell asks it to complete the last of ``words``."""
    parts = words.split(" ")
    word = parts[-1] if shell == "fish" else str(len(parts) - 1)
    asked = {"_OPSLOOP_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    done = subprocess.run([COMMAND], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_verbs_options_and_names(shell: str) -> None:
    assert "metrics" in _asked(shell, "opsloop met")
    assert "--service" in _asked(shell, "opsloop metrics --s")
    assert "alertmanager" in _asked(shell, "opsloop ingest alert")
    assert "alert_fatigue" in _asked(shell, "opsloop backtest --detector alert_f")
    assert "runbook" in _asked(shell, "opsloop promote --to run")


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_one_that_the_shell_reads(shell: str) -> None:
    made = subprocess.run(
        [COMMAND],
        env={**os.environ, "_OPSLOOP_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_OPSLOOP_COMPLETE" in made.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=made.stdout, text=True, check=True)


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        inner = isinstance(command, click.Group)
        found += _commands(command, (*path, name)) if inner else [(" ".join((*path, name)), command)]
    return found


@pytest.mark.parametrize(("name", "command"), _commands(cli), ids=[name for name, _ in _commands(cli)])
def test_every_help_has_an_example(name: str, command: click.Command) -> None:
    assert f"opsloop {name}" in (command.help or "")


def test_the_help_names_every_verb_with_a_whole_sentence() -> None:
    told = click.Context(cli, info_name="opsloop", max_content_width=110, terminal_width=110)
    shown = cli.get_help(told)
    assert all(f"  {verb} " in shown for verb in VERBS)
    assert "What comes of it" in shown
    assert "..." not in shown.partition("\n")[2]


@pytest.mark.slow
def test_a_mistyped_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    for words, near in (
        (("metrcs",), "metrics"),
        (("detect", "--detector", "alertfatigue"), "alert_fatigue"),
        (("ingest", "prometeus", "-"), "prometheus"),
        (("metrics", "dora", "--servce", "x"), "--service"),
    ):
        done = opsloop(tmp_path, *words, given="")
        assert near in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_table_fits_the_columns_and_no_colour_is_no_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    done = opsloop(tmp_path, "metrics", "dora", "--by", "week")
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert "\x1b[3" not in done.stdout
