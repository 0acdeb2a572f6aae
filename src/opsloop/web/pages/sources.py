"""Sources: who sends, and what cannot be known from what they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.web.pages.now import coverage

if TYPE_CHECKING:
    from opsloop.web.desk import Desk, Document


def sources(desk: Desk) -> Document:
    """Each source's deliveries, its silences, and what it leaves out."""
    return desk.kept("coverage", coverage)
