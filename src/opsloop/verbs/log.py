"""``log``: write one learning, issue or feature request as it is told, and point at entries that look alike."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import CATEGORIES, Entry, Kind, format_time
from opsloop.redact import labels_only

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace

_PRIORITY: Final[dict[Kind, str]] = {"learning": "medium", "issue": "high", "feature": "medium"}
_NAME_WORDS: Final = 6
_ALIKE: Final = 0.5
"""Share of the words of both summaries that must be common for a hint."""
_SOON_INDEXED: Final = 4_000_000
"""Bytes that are indexed in about half a second; for more, nobody should wait to be given a hint."""


def log(ws: Workspace, kind: Kind, record: Any, *, actor: str = "cli") -> dict[str, Any]:
    """Write the entry in ``record`` (Entry's JSON form); returns its id and path, and ids of near duplicates: None
    where they were not looked for, in a large journal without an index.
    """
    entry = _completed(Entry.from_json(record, kind=kind), ws)
    written = ws.journal.append(entry)
    ws.audit.record(actor=actor, action="log", subject=written.id, detail=written.title)
    return {"id": written.id, "path": ws.journal.path_of(written), "similar": _alike(ws, written)}


def _completed(entry: Entry, ws: Workspace) -> Entry:
    """Fill in what every entry has: when it was logged, a priority, a title."""
    about = entry.summary or entry.requested_capability
    if entry.kind == "learning" and not entry.category:
        msg = f"a learning needs a category: {' '.join(CATEGORIES)}"
        raise BadInput(msg)
    if entry.kind != "learning" and not entry.name:
        words = re.findall(r"\w+", labels_only(ws.redact(about)).lower())[:_NAME_WORDS]
        if not words:
            msg = f"{'an issue' if entry.kind == 'issue' else 'a feature request'} needs a name or a summary"
            raise BadInput(msg)
        entry = replace(entry, name="_".join(words))
    return replace(
        entry,
        logged=entry.logged or format_time(ws.now.replace(microsecond=0)),
        priority=entry.priority or _PRIORITY[entry.kind],
        status=entry.status or "pending",
        skill="operations",
    )


def _alike(ws: Workspace, entry: Entry) -> list[str] | None:
    """Ids of entries with the same pattern key, or whose summaries share most of their words.

    A hint only: the entry is written already, so an index that cannot be used just gives none.
    """
    text = f"{entry.title} {entry.summary or entry.requested_capability}"
    try:
        if ws.index.unread(ws.journal) > _SOON_INDEXED:
            return None
        ws.index.refresh(ws.journal)
        hits = [hit for hit in ws.index.search(text, limit=6) if hit["id"] != entry.id]
    except sqlite3.Error:
        return None
    words = _words(text)
    found = []
    for hit in hits:
        theirs = _words(f"{hit['title']} {hit['summary']}")
        common = len(words & theirs) / (len(words | theirs) or 1)
        if common >= _ALIKE or (entry.pattern_key and hit["pattern_key"] == entry.pattern_key):
            found.append(hit["id"])
    return found


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 2}
