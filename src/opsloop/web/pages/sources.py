"""Sources: who sends, and what cannot be known from what they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.web.pages.now import coverage

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


def sources(desk: Desk) -> Document:
    """Each source's deliveries, its silences, what it leaves out; and all that is stored, however it came."""
    return desk.kept("coverage", coverage) | {"stored": desk.kept("stored", _stored)["sources"]}


def _stored(ws: Workspace) -> Document:
    from opsloop.verbs.coverage import stored

    return stored(ws)
