"""``agents flag``: a user said that this entry is worth keeping; one of the reasons to make it a skill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from opsloop.model import format_time

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

FIELD = "User-Flagged"


def flag(ws: Workspace, entry_id: str) -> dict[str, Any]:
    """Put ``User-Flagged: TIME`` into the entry's metadata; an entry that has it stays as it is. Raises NotFound."""
    known = ws.journal.get(entry_id)
    if FIELD not in known.metadata:
        ws.journal.edit(entry_id, lambda entry: _flagged(entry, format_time(ws.now.replace(microsecond=0))))
        ws.audit.record(actor="agent", action="flag", subject=entry_id)
    return {"id": entry_id, "path": ws.journal.path_of(known)}


def _flagged(entry: Entry, at: str) -> Entry:
    return replace(entry, metadata={**entry.metadata, FIELD: at})
