"""Hand-off and Review: the verbs' sections, printable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


def handoff(desk: Desk) -> Document:
    """What the next person on call has to know."""
    document = desk.kept("handoff", _handoff)
    return {"lead": f"The shift from {document['from']} to {document['to']}.", "sections": _sections(document)}


def review(desk: Desk) -> Document:
    """What needs attention in the learnings."""
    document = desk.kept("review", _review)
    return {"lead": f"The last review was {document['last_review'] or 'never'}.", "sections": _sections(document)}


def _sections(document: Document) -> list[Document]:
    return [
        {"title": section["title"], "lines": [item["text"] for item in section["items"]]}
        for section in document["sections"]
    ]


def _handoff(ws: Workspace) -> Document:
    from opsloop.verbs.handoff import handoff as brief

    return brief(ws)


def _review(ws: Workspace) -> Document:
    from opsloop.verbs.review import review as brief

    return brief(ws)
