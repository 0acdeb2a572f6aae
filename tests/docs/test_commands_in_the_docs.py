"""What the docs tell a reader to type works: README and tutorial are run, and every command anywhere is known."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from fences import Block, blocks

from opsloop.cli import cli

PROJECT = Path(__file__).parent.parent.parent
WRITTEN = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
    *sorted(PROJECT.glob("src/opsloop/*/*/README.md")),
]
PAGES = [page for page in WRITTEN if PROJECT / "docs" / "reference" not in page.parents]
RUN = ["README.md", "docs/tutorial.md"]
STAGE = Path(__file__).parent / "stage"
"""What the README's reader already has: a payload that Alertmanager posted, and an entry."""

Case = tuple[Block, str]


def _product(line: str) -> bool:
    return line.startswith("opsloop ") and "NAME" not in line.split()


COMMANDS: list[Case] = [
    (block, line) for page in PAGES for block in blocks(page) for line in block.commands() if _product(line)
]


@pytest.mark.parametrize(
    ("block", "line"), COMMANDS, ids=[f"{block.page}:{block.line} {line}" for block, line in COMMANDS]
)
def test_every_command_in_the_docs_is_one_that_there_is(
    block: Block, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(re.split("[|<>]", line, maxsplit=1)[0])[1:]
    monkeypatch.chdir(tmp_path)
    for word in words:
        if word.isalpha():
            (tmp_path / word).mkdir()  # a folder that the reader has
    command: click.Command = cli
    context = click.Context(cli, info_name="opsloop")
    while isinstance(command, click.Group):
        assert words, f"{block.page}:{block.line}: {line} lacks a verb"
        found = command.get_command(context, words.pop(0))
        assert found is not None, f"{block.page}:{block.line}: {line} names a verb that there is not"
        command = found
    command.make_context(command.name, words, parent=context)


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN)
def test_a_reader_can_follow_the_page_to_its_end(page: str, tmp_path: Path) -> None:
    shutil.copytree(STAGE, tmp_path, dirs_exist_ok=True)
    run = [block for block in blocks(PROJECT / page) if not block.why_not]
    assert run, f"{page} has no block that is run"
    script = "set -eu\n" + "".join(f"echo '{_mark(block)}' >&2\n{block.text}" for block in run)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert [line for line in done.stderr.splitlines() if line.startswith("-- ")] == [_mark(block) for block in run]
    for promised in PROMISED[page]:
        assert promised in done.stdout, f"{page} promises {promised!r}:\n{done.stdout[-3000:]}"


def _mark(block: Block) -> str:
    return f"-- {block.page}:{block.line}"


PROMISED = {
    "README.md": ["1 accepted", "Raise the pool by 50 connections", "Nothing is written yet"],
    "docs/tutorial.md": [
        "Tidewater Books",
        "nothing known that fits",
        "DiskLatencyHigh",
        ": no change",
        "service orders; shares",
        "0 accepted, 92 known already",
        "the look is on 2026-07-05",
        "OPS-20260406-001: improved",
        "0 problems",
    ],
}
"""What the prose around the blocks says will be seen."""


@pytest.mark.parametrize("page", RUN)
def test_what_is_not_run_says_why_and_is_made_of_things_that_exist(page: str) -> None:
    for block in blocks(PROJECT / page):
        if not block.why_not:
            continue
        for line in block.commands():
            program, *words = shlex.split(line)
            if program == "make":
                assert f"\n{words[0]}: " in (PROJECT / "Makefile").read_text(encoding="utf-8")
            else:
                assert program.rsplit("/", 1)[-1] in {"opsloop", "python3", "pip", "export"}, line
