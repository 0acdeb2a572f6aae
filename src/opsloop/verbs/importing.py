"""``import``: entries from other skills' learnings, postmortems and incident exports, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from opsloop import importers
from opsloop.model import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.verbs.workspace import Workspace


def import_folder(ws: Workspace, folder: Path, *, dry_run: bool = False, actor: str = "cli") -> dict[str, Any]:
    """Write what is not there yet. Returns the new entries (without ids in a dry run), how many were there before,
    and what was skipped and why.
    """
    own = [path for path, _ in ws.journal.layout.files()]
    found = importers.read_folder(folder, redact=ws.redact, own=own)
    known = {entry.metadata.get(importers.KEY) for entry in ws.journal.entries()}
    fresh = [
        replace(entry, logged=entry.logged or format_time(ws.now.replace(microsecond=0)))
        for entry in found.entries
        if entry.metadata[importers.KEY] not in known
    ]
    written = fresh if dry_run else ws.journal.append_all(fresh)
    for entry in written if not dry_run else ():
        ws.audit.record(actor=actor, action="import", subject=entry.id, detail=entry.metadata[importers.ORIGIN])
    return {
        "entries": [
            {
                "id": entry.id or None,
                "kind": entry.kind,
                "title": entry.title,
                "origin": entry.metadata[importers.ORIGIN],
                "path": ws.journal.layout.relative(ws.journal.layout.home(entry.kind)),
            }
            for entry in written
        ],
        "duplicates": len(found.entries) - len(fresh),
        "skipped": [{"origin": origin, "why": why} for origin, why in found.skipped],
        "dry_run": dry_run,
    }
