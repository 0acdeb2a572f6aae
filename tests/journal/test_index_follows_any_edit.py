"""Whatever is edited, appended, cut or pasted: an index that followed every step holds what one built anew would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.index import Index
from opsloop.index import following as following_module
from opsloop.journal import Journal
from opsloop.markdown import portions, split
from opsloop.model import Entry

PIECES = (
    "## [LRN-20260101-001] one\n",
    "## [LRN-20260101-002] two\n",
    "## [LRN-x] without an id\n",
    "### Summary\nThe pool ran full\n\n---\n\n",
    "```\n",
    "~~~\n",
    "a line",
    "\n",
    "",
)
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
edits = st.tuples(st.floats(0, 1), st.integers(0, 80), texts)
"""Where in the file, how many bytes are taken out there, and what is put in."""
steps = st.lists(st.one_of(edits, st.just("append"), st.just("log")), min_size=1, max_size=8)


@pytest.fixture(scope="module", autouse=True)
def _small_regions() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following_module, "portions", lambda file: portions(file, 60))
        patch.setattr(following_module, "_GROWN", 150)
        yield


def held(index: Index, name: str) -> list[tuple[str, str]]:
    rows = "SELECT id, body FROM entry JOIN words ON words.rowid = entry.number WHERE path = ?"
    return sorted(index._run(lambda db: db.execute(rows, (name,)).fetchall()))


def expected(data: bytes) -> list[tuple[str, str]]:
    return sorted({(block.id, block.raw.rstrip().decode()) for block in split(data) if block.id})


def edited(data: bytes, place: float, gone: int, text: str) -> bytes:
    at = int(place * len(data))
    return data[:at] + text.encode() + data[at + gone :]


@given(texts, steps)
@settings(max_examples=60, deadline=None)
def test_following_step_by_step_is_building_anew(text: str, todo: list[str | tuple[float, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        journal = Journal(root, redact=str)
        journal.init()
        path = journal.layout.home("learning")
        path.write_bytes(path.read_bytes() + text.encode())
        with closing(Index(root / "index.sqlite")) as index:
            for step in ["", *todo]:
                if step == "append":
                    with path.open("a") as file:
                        file.write(f"\n## [LRN-20260102-{len(path.read_bytes()):04}] by hand\n")
                elif step == "log":
                    journal.append(Entry(kind="learning", category="capacity_issue", logged="2026-01-31"))
                elif step:
                    path.write_bytes(edited(path.read_bytes(), *step))
                index.refresh(journal)
                assert held(index, ".learnings/LEARNINGS.md") == expected(path.read_bytes())
