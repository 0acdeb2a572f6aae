"""The index is derived: it follows every change of the files and is rebuilt when it cannot be used."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from opsloop.index import Index
from opsloop.journal import Journal
from opsloop.model import Entry

WORDS = ["pool", "disk", "certificate", "queue", "latency"]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path, redact=str)
    journal.append_all(
        [
            Entry(kind="learning", category="capacity_issue", logged="2026-01-31", summary=f"The {word} ran full")
            for word in WORDS
        ]
    )
    return journal


@pytest.fixture
def index(tmp_path: Path, journal: Journal) -> Index:
    index = Index(tmp_path / "index.sqlite")
    assert index.refresh(journal) == len(WORDS)
    return index


def found(index: Index, text: str) -> list[str]:
    return [hit["summary"] for hit in index.search(text)]


def test_other_forms_of_a_word_are_found(index: Index) -> None:
    assert found(index, "certificates") == ["The certificate ran full"]
    assert found(index, '"quotes" AND (syntax* NEAR') == []
    assert found(index, "") == []


def test_nothing_changed_is_nothing_to_do(index: Index, journal: Journal) -> None:
    assert index.refresh(journal) == 0


def test_an_appended_entry_is_added_alone(index: Index, journal: Journal) -> None:
    journal.append(Entry(kind="learning", category="capacity_issue", logged="2026-01-31", summary="Memory leak"))
    assert index.refresh(journal) == 1
    assert found(index, "leak") == ["Memory leak"]


def test_edits_by_hand_are_followed(index: Index, journal: Journal) -> None:
    path = journal.layout.home("learning")
    text = path.read_text().replace("disk ran full", "volume ran full")
    path.write_text(text[: text.index("## [LRN-20260131-005]")])
    assert index.refresh(journal) == 3  # one entry in its old and new form, one gone
    assert found(index, "disk latency") == []
    assert found(index, "volume") == ["The volume ran full"]


def test_a_hand_edit_between_two_appends_is_not_overlooked(index: Index, journal: Journal) -> None:
    path = journal.layout.home("learning")
    journal.append(Entry(kind="learning", category="capacity_issue", logged="2026-01-31", summary="one"))
    path.write_text(path.read_text().replace("disk ran full", "volume ran full"))
    journal.append(Entry(kind="learning", category="capacity_issue", logged="2026-01-31", summary="two"))
    index.refresh(journal)
    assert found(index, "disk") == []
    assert found(index, "volume") == ["The volume ran full"]
    assert found(index, "one two") != []


def test_our_own_edit_is_followed(index: Index, journal: Journal) -> None:
    journal.edit("LRN-20260131-001", lambda old: replace(old, summary="Connections exhausted"))
    index.refresh(journal)
    assert found(index, "pool") == []
    assert found(index, "exhausted") == ["Connections exhausted"]


def test_a_file_that_is_gone_takes_its_entries_along(index: Index, journal: Journal) -> None:
    journal.layout.home("learning").unlink()
    assert index.refresh(journal) == len(WORDS)
    assert found(index, "full") == []


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, None])
def test_a_missing_empty_or_damaged_index_is_built_anew(index: Index, journal: Journal, damage: bytes | None) -> None:
    for path in index.path.parent.glob("index.sqlite*"):
        path.unlink()
    if damage is not None:
        index.path.write_bytes(damage)
    assert index.refresh(journal) == len(WORDS)
    assert found(index, "pool") == ["The pool ran full"]


def test_damage_in_the_middle_is_noticed(index: Index, journal: Journal) -> None:
    with sqlite3.connect(index.path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(index.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    index.path.write_bytes(data)
    index.refresh(journal)
    assert found(index, "pool") == ["The pool ran full"]


def test_an_index_of_another_version_is_built_anew(index: Index, journal: Journal) -> None:
    with sqlite3.connect(index.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    index.close()
    assert index.refresh(journal) == len(WORDS)


def test_rebuilding_says_how_many_entries_there_are(index: Index, journal: Journal) -> None:
    assert index.rebuild(journal) == len(WORDS)
