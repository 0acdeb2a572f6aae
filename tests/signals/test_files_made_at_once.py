"""Several processes that meet a missing SQLite file at the same moment: one makes it, none fails, nothing is doubled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import pytest

from opsloop.dispatch.memory import Memory
from opsloop.index import Index
from opsloop.journal import Journal
from opsloop.model import Entry
from opsloop.signals.hot import HotStore

PROCESSES = 8
ROUNDS = 25


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with get_context("fork").Pool(PROCESSES) as pool:
        yield pool


def open_hot_store(path: Path) -> str:
    HotStore(str(path)).writer()
    return "opened"


def open_memory(path: Path) -> str:
    Memory(str(path), "session", 0.0)
    return "opened"


def refresh_index(root: Path) -> int:
    return Index(root / "index.sqlite").refresh(Journal(root, redact=str))


@pytest.mark.parametrize("open_file", [open_hot_store, open_memory])
def test_the_tables_are_made_once(tmp_path: Path, pool: Pool, open_file: object) -> None:
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert pool.map(open_file, [folder / "file.sqlite"] * PROCESSES, chunksize=1) == ["opened"] * PROCESSES  # type: ignore[arg-type]


def test_the_index_is_built_once(tmp_path: Path, pool: Pool) -> None:
    summaries = [f"The {word} ran full" for word in ("pool", "disk", "queue", "cache", "heap")]
    journal = Journal(tmp_path, redact=str)
    journal.append_all([Entry(kind="learning", logged="2026-01-31", summary=text) for text in summaries])
    path = tmp_path / "index.sqlite"
    for _ in range(ROUNDS):
        for ending in ("", "-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        built = pool.map(refresh_index, [tmp_path] * PROCESSES, chunksize=1)
        assert sorted(built) == [0] * (PROCESSES - 1) + [len(summaries)]
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT count(*), count(DISTINCT id) FROM entry").fetchone() == (5, 5)
