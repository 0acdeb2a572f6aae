"""``archive``: closed entries go into a file a year; they stay searchable and can be shown."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from opsloop.errors import BadInput
from opsloop.journal.archive import archive as move
from opsloop.model import parse_time
from opsloop.verbs.resolve import CLOSED

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace


def archive(ws: Workspace, *, older_than_days: int = 0, dry_run: bool = False, actor: str = "cli") -> dict[str, Any]:
    """Move entries that were closed at least so many days ago (by Resolved, else Logged)."""
    limit = ws.now - timedelta(days=older_than_days)

    def wanted(entry: Entry) -> bool:
        if entry.status not in CLOSED or entry.skill not in (None, "operations"):
            return False
        closed = entry.resolution.get("Resolved") or entry.logged or ""
        try:
            return older_than_days <= 0 or parse_time(closed, timezone=UTC) <= limit
        except BadInput:
            return False

    moved = move(ws.journal, wanted, dry_run=dry_run)
    for entry_id, path in moved if not dry_run else ():
        ws.audit.record(actor=actor, action="archive", subject=entry_id, detail=path)
    return {"entries": [{"id": entry_id, "path": path} for entry_id, path in moved], "dry_run": dry_run}
