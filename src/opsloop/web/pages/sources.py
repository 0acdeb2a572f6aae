"""Sources: who sends, and what cannot be known from what they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.web.pages.now import coverage

if TYPE_CHECKING:
    from opsloop.web.desk import Desk, Document


def sources(desk: Desk) -> Document:
    """Each source's first and last signal, its silences, and the last refusals."""
    document = desk.kept("coverage", coverage)
    return {"sources": document["sources"], "errors": document.get("errors", [])}
