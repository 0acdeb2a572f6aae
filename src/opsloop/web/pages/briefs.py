"""Hand-off and Review: the verbs' sections, printable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.spoken import short_time
from opsloop.web.pages.rendering import linked

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


def handoff(desk: Desk) -> Document:
    """What the next person on call has to know."""
    document = desk.kept("handoff", _handoff)
    lead = f"The shift from {short_time(document['from'])} to {short_time(document['to'])} (UTC)."
    return {"lead": lead, "sections": _sections(document)}


def review(desk: Desk) -> Document:
    """What needs attention in the learnings."""
    document = desk.kept("review", _review)
    last = document["last_review"]
    held = f"The last review was held on {short_time(last)} (UTC)." if last else "No review was held yet."
    lead = linked(f"{held} `opsloop review` holds one.")
    return {"lead": lead, "sections": _sections(document)}


def _sections(document: Document) -> list[Document]:
    return [
        {"title": section["title"], "lines": [linked(item["text"]) for item in section["items"]]}
        for section in document["sections"]
    ]


def _handoff(ws: Workspace) -> Document:
    from opsloop.verbs.handoff import handoff as brief

    return brief(ws)


def _review(ws: Workspace) -> Document:
    from opsloop.verbs.review import review as brief

    return brief(ws)
