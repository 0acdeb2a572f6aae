"""The few learnings that help at this moment, and which entries may be one and the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    """``results``: up to ``top`` of ``{id, score, why, text}``, best first; empty where nothing fits."""
    from opsloop.recall import recall as run

    ws.index.refresh(ws.journal)
    settings = ws.settings.recall
    results = run(
        ws.index,
        text,
        now=ws.now,
        top=top,
        budget_tokens=settings.budget_tokens if budget_tokens is None else budget_tokens,
        service=service,
        pattern_key=pattern_key,
        min_score=settings.min_score,
    )
    return {"results": results}
