"""Many edits at once: each file is read and replaced once, and an entry that may not be edited hinders no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from opsloop.errors import Conflict, ExternallyChanged, NotFound
from opsloop.journal import Journal, durable
from opsloop.model import Entry, Kind


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    found = Journal(tmp_path, redact=lambda text: text)
    found.init()
    kinds: tuple[Kind, ...] = ("issue", "learning")
    found.append_all(
        Entry(
            id="",
            kind=kind,
            name="pool" if kind == "issue" else None,
            category="incident_pattern" if kind == "learning" else None,
            logged="2026-03-01T00:00:00Z",
            priority="high",
            status="pending",
            area="on_call",
            summary=f"Number {number}",
            details="It broke.",
        )
        for kind in kinds
        for number in range(20)
    )
    return found


def resolved(entry: Entry) -> Entry:
    return replace(entry, status="resolved")


def test_each_file_is_replaced_once_and_every_other_byte_stays(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [entry.id for entry in journal.entries()]
    before = {path: path.read_bytes() for path, _ in journal.layout.files()}
    replaced = []
    replace_file = durable.replace

    def counted(path: Path, data: bytes, *, seen: durable.Stamp | None) -> bool:
        replaced.append(path.name)
        return replace_file(path, data, seen=seen)

    monkeypatch.setattr(durable, "replace", counted)
    done = journal.edit_all(dict.fromkeys(ids[1::2], resolved))
    assert sorted(replaced) == ["LEARNINGS.md", "OPERATIONS_ISSUES.md"]
    assert [entry.status for entry in journal.entries()] == ["pending", "resolved"] * 20
    assert all(isinstance(entry, Entry) and entry.status == "resolved" for entry in done.values())
    for path, text in before.items():
        assert path.read_bytes().replace(b"**Status**: resolved", b"**Status**: pending") == text


def test_as_one_by_one(journal: Journal, tmp_path: Path) -> None:
    twin = Journal(tmp_path / "twin", redact=lambda text: text)
    twin.init()
    for path, _ in journal.layout.files():
        (twin.layout.root / ".learnings" / path.name).write_bytes(path.read_bytes())
    ids = [entry.id for entry in journal.entries()][::3]
    journal.edit_all(dict.fromkeys(ids, resolved))
    for entry_id in ids:
        twin.edit(entry_id, resolved)
    pairs = zip(journal.layout.files(), twin.layout.files(), strict=True)
    assert all(one.read_bytes() == other.read_bytes() for (one, _), (other, _) in pairs)


def test_what_may_not_be_edited_is_said_and_hinders_nothing(journal: Journal) -> None:
    first, second, third = [entry for entry in journal.entries() if entry.kind == "issue"][:3]
    path = journal.layout.home("issue")
    path.write_text(path.read_text().replace(f"[{first.id}]", f"[{second.id}]"))
    done = journal.edit_all(dict.fromkeys((second.id, "OPS-20200101-001", third.id), resolved))
    assert isinstance(done[second.id], Conflict)
    assert isinstance(done["OPS-20200101-001"], NotFound)
    assert journal.get(third.id).status == "resolved"


def test_a_file_that_changes_meanwhile_is_left_as_it_is(journal: Journal) -> None:
    entry = next(entry for entry in journal.entries() if entry.kind == "issue")
    path = journal.layout.home("issue")

    def disturbed(old: Entry) -> Entry:
        path.write_text(path.read_text().replace("Number 0", "By hand"))
        return resolved(old)

    with pytest.raises(ExternallyChanged):
        journal.edit_all({entry.id: disturbed})
    assert "By hand" in path.read_text()
    assert "resolved" not in path.read_text()
