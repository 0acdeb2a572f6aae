"""``reindex``: build the full-text index anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


def reindex(ws: Workspace) -> dict[str, Any]:
    """Throw the index away and build it from the journal; returns how many entries it holds."""
    return {"entries": ws.index.rebuild(ws.journal)}
