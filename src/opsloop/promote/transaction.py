"""Files and entries written together: what is meant to happen is on the disk before any of it does.

    record the intent -> write each file -> keep what was rendered -> mark the entries -> audit -> forget the intent

Each step is whole by itself (temp file, fsync, rename) and may be done twice, so that after a crash between any two
of them ``repair`` carries the rest out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from opsloop.errors import NotFound
from opsloop.journal import durable
from opsloop.promote.drafts import Bases, Draft, inside, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opsloop.audit import AuditLog
    from opsloop.journal import Journal
    from opsloop.model import Entry

INTENTS: Final = "promotions"
BASES: Final = "promoted"
LOCK: Final = "promote.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a promotion says in an entry."""

    entry_id: str
    status: str
    promoted: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    def on(self, entry: Entry) -> Entry:
        """The entry, marked; marking twice is marking once. What a hand wrote into the metadata stands."""
        named = [name for name in entry.extra_fields.get("Promoted", "").split(", ") if name]
        fields = {**entry.extra_fields, "Promoted": ", ".join(dict.fromkeys([*named, self.promoted]))}
        return replace(
            entry, status=self.status, extra_fields=fields, metadata={**self.metadata, **entry.metadata} | self._own
        )

    @property
    def _own(self) -> dict[str, str]:
        return {name: text for name, text in self.metadata.items() if name == "Skill-Path"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One promotion as it is meant to be."""

    target: str
    actor: str
    drafts: tuple[Draft, ...]
    marks: tuple[Mark, ...]
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where promotions happen: the project, its state folder, its journal, its audit log."""

    root: Path
    state: Path
    journal: Journal
    audit: AuditLog

    @property
    def bases(self) -> Bases:
        """What was last rendered for each file."""
        return Bases(self.state / BASES)


def carry_out(intent: Intent, place: Place) -> None:
    """Do all of it; call it under the lock."""
    for _ in steps(intent, place):
        pass


def steps(intent: Intent, place: Place) -> Iterator[str]:
    """Do it step by step, yielding after each what was done."""
    record = place.state / INTENTS / f"{intent.id}.json"
    _write(record, json.dumps(asdict(intent), ensure_ascii=False))
    yield "intent"
    written = []
    for draft in intent.drafts:
        if _write_draft(draft, place):
            written.append(draft)
        yield draft.path
    for draft in written:
        _write(place.bases.path(draft.path), draft.rendered)
        yield f"base of {draft.path}"
    for mark in intent.marks:
        _mark(mark, place)
        yield mark.entry_id
    for mark in intent.marks:
        place.audit.record(
            actor=intent.actor, action="promoted", subject=mark.entry_id, detail=f"to {intent.target}: {mark.promoted}"
        )
    yield "audit"
    record.unlink()
    durable.sync_folder(record.parent)
    yield "done"


def unfinished(state: Path) -> list[Intent]:
    """Promotions that a crash cut off."""
    return [_load(path) for path in sorted((state / INTENTS).glob("*.json"))]


def repair(place: Place) -> list[str]:
    """Finish what was cut off; what was done, one line each. Call it under the lock."""
    done = []
    for intent in unfinished(place.state):
        kept = [
            draft.path for draft in intent.drafts if read(place.root, draft.path) not in (draft.before, draft.after)
        ]
        carry_out(intent, place)
        entries = ", ".join(mark.entry_id for mark in intent.marks)
        what = f"promotion of {entries} to {intent.target} was cut off and is now done"
        done.append(what + (f"; left as edited since: {', '.join(kept)}" if kept else ""))
    return done


def _write_draft(draft: Draft, place: Place) -> bool:
    """Write one file; False where somebody edited it since the draft was made: their text stays."""
    now = read(place.root, draft.path)
    if now == draft.after:
        return True
    if now != draft.before:
        return False
    _write(inside(place.root, draft.path), draft.after)
    return True


def _mark(mark: Mark, place: Place) -> None:
    try:
        place.journal.edit(mark.entry_id, mark.on)
    except NotFound:
        return  # deleted by hand since: there is nothing left to mark


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.replace(path, text.encode("utf-8"), seen=durable.stamp(path))


def _load(path: Path) -> Intent:
    document: dict[str, Any] = json.loads(path.read_bytes())
    document["drafts"] = tuple(Draft(**draft) for draft in document["drafts"])
    document["marks"] = tuple(Mark(**mark) for mark in document["marks"])
    return Intent(**document)
