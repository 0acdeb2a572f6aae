"""Many processes at once, and processes killed at any moment: nothing acknowledged is lost, nothing is torn."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsloop.index import Index
from opsloop.journal import Journal

WRITER = Path(__file__).parent / "writer_process.py"


def start(root: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(root), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(output: str) -> dict[str, str]:
    lines = output.split("\n")[:-1]  # what follows the last line feed was not finished
    return dict(line.split(" ") for line in lines)


@pytest.mark.slow
def test_eight_processes_with_500_entries_each_give_4000_entries_with_4000_ids(tmp_path: Path) -> None:
    writers = [start(tmp_path, f"writer{number}", 500) for number in range(8)]
    written: dict[str, str] = {}
    for writer in writers:
        output, _ = writer.communicate()
        assert writer.returncode == 0
        written |= acknowledged(output)
    journal = Journal(tmp_path, redact=str)
    entries = journal.entries()
    assert len(entries) == len({entry.id for entry in entries}) == len(written) == 4000
    assert {entry.id: entry.name for entry in entries} == written
    assert sum(entry.status == "resolved" for entry in entries) == 800
    assert max(entry.id for entry in entries if len(entry.id) == 17) == "OPS-20260131-4000"
    assert all(entry.summary == ("Pool ran full " * 20).strip() for entry in entries)
    assert journal.problems() == []


def killed_writers(root: Path, seconds: float, seed: int) -> Iterator[dict[str, str]]:
    """Start two writers again and again and kill one of them at a random moment; what each acknowledged."""
    dice = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pair = [start(root, f"w{seed}", 6), start(root, f"v{seed}", 6)]
        time.sleep(dice.uniform(0.05, 0.45))
        pair[0].kill()
        for writer in pair:
            yield acknowledged(writer.communicate()[0])


def check_after_kills(root: Path, seconds: float, seed: int) -> None:
    index = Index(root / "index.sqlite")
    safe: dict[str, str] = {}
    for written in killed_writers(root, seconds, seed):
        assert not safe.keys() & written.keys()
        safe |= written
        journal = Journal(root, redact=str)
        found = {entry.id: entry.name for entry in journal.entries()}
        assert safe.items() <= found.items()
        assert journal.problems() == []
        index.refresh(journal)
    assert len(safe) > 20
    assert {hit["id"] for hit in index.search("pool", 100_000)} == {entry.id for entry in journal.entries()}


@pytest.mark.slow
def test_writers_killed_at_random_moments_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    check_after_kills(tmp_path, 20, 1)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(2, 6))
def test_hundreds_of_kills(tmp_path: Path, seed: int) -> None:
    check_after_kills(tmp_path, 90, seed)


ENTRY = "\n## [OPS-20260131-001] pool\n\n**Status**: pending\n\n### Mitigation\n```\nscale ☃\n```\n\n---\n".encode()


@pytest.mark.parametrize("kept", range(len(ENTRY)))
def test_an_append_cut_off_at_any_byte_does_not_swallow_the_next_entry(tmp_path: Path, kept: int) -> None:
    from opsloop.model import Entry

    journal = Journal(tmp_path, redact=str)
    journal.init()
    path = journal.layout.home("issue")
    torn = path.read_bytes() + ENTRY[:kept]
    path.write_bytes(torn)
    entry = journal.append(Entry(kind="issue", name="next", logged="2026-01-31T12:00:00Z", mitigation="```\nls\n```"))
    assert journal.get(entry.id) == entry
    assert path.read_bytes().startswith(torn)
    assert journal.entries()[-1] == entry
