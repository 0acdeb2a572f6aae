"""``seal``: signals from the hot tier to the lake."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


def seal(ws: Workspace, *, older_than_hours: float | None = None) -> dict[str, Any]:
    """Move all, or what was received longer ago than that; says how many rows went to which files."""
    older_than = None if older_than_hours is None else timedelta(hours=older_than_hours)
    sealed = ws.store.seal(ws.now, older_than=older_than)
    return {"rows": sealed.rows, "files": list(sealed.files)}
