"""``init``: the journal's files, where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.journal.layout import Gitignore
    from opsloop.verbs.workspace import Workspace


def init(ws: Workspace, *, stacked: bool = False, gitignore: Gitignore | None = None) -> dict[str, Any]:
    """Create what is missing and overwrite nothing; ``changed`` is an ignore file that got a line at its end."""
    made = ws.journal.init(stacked=stacked, gitignore=gitignore)
    return {"created": made.created, "existing": made.existing, "changed": made.changed}
