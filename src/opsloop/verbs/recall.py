"""The few learnings that help at this moment, and which entries may be one and the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.index import Index
    from opsloop.journal import Journal
    from opsloop.verbs.workspace import Workspace


def recall(
    ws: Workspace,
    text: str,
    *,
    top: int = 3,
    budget_tokens: int | None = None,
    service: str | None = None,
    pattern_key: str | None = None,
) -> dict[str, Any]:
    """``results``: up to ``top`` of ``{id, score, why, text}``, best first; empty where nothing fits.

    Where the settings name ``[[journals]]``, of all of them, each with ``team`` and ``repository``.
    """
    from opsloop.recall import recall as run

    settings = ws.settings.recall
    budget = settings.budget_tokens if budget_tokens is None else budget_tokens

    def ask(index: Index, journal: Journal) -> list[dict[str, Any]]:
        index.refresh(journal)
        return run(
            index,
            text,
            now=ws.now.timestamp(),
            top=top,
            budget_tokens=budget,
            service=service,
            pattern_key=pattern_key,
            min_score=settings.min_score,
        )

    if not ws.settings.journals:
        return {"results": ask(ws.index, ws.journal)}
    from opsloop.verbs import journals

    found = journals.ranked(ws, lambda shelf: ask(shelf.index, shelf.ws.journal), limit=top)
    return found | {"results": journals.within(found["results"], budget)}
