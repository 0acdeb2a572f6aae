"""Learnings: the journal, filtered and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from opsloop.model import AREAS, CATEGORIES, PRIORITIES, SEVERITIES, STATUSES

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

FILTERS: Final = {
    "kind": ("learning", "issue", "feature"),
    "status": STATUSES,
    "priority": PRIORITIES,
    "severity": SEVERITIES,
    "area": AREAS,
    "category": CATEGORIES,
}
_PAGE: Final = 50


def learnings(desk: Desk) -> Document:
    """Entries that fit the filters, newest first, or those that the search found, best first."""
    query = {name: desk.query.get(name, "")[:400] for name in ("q", *FILTERS)}
    chosen = _found(desk, query)
    first = int(page) if (page := desk.query.get("from", "")).isdecimal() and len(page) < 9 else 0
    shown = [_row(entry, why) for entry, why in chosen[first : first + _PAGE]]
    rest = {name: value for name, value in query.items() if value}
    more = "/learnings?" + urlencode(rest | {"from": first + _PAGE}) if first + _PAGE < len(chosen) else ""
    return {"query": query, "filters": FILTERS, "total": len(chosen), "entries": shown, "more": more}


def _found(desk: Desk, query: dict[str, str]) -> list[tuple[Entry, str]]:
    """Entries, each with why the search found it."""
    from opsloop.verbs.entries import matching, search

    filters: dict[str, Any] = {name: query[name] for name in FILTERS if query[name] in FILTERS[name]}
    entries = matching(desk.ws, desk.of_journal("newest", _sorted), **filters)
    if not query["q"].strip():
        return [(entry, "") for entry in entries]
    by_id = {entry.id: entry for entry in entries}
    hits = search(desk.ws, query["q"], limit=200)["results"]
    return [(by_id[hit["id"]], hit["why"]) for hit in hits if hit["id"] in by_id]


def _sorted(ws: Workspace) -> list[Entry]:
    """Newest first."""
    return sorted(ws.journal.entries(archived=False), key=lambda entry: (str(entry.logged), entry.id), reverse=True)


def _row(entry: Entry, why: str) -> dict[str, Any]:
    named = {
        name: getattr(entry, name)
        for name in ("id", "name", "category", "summary", "priority", "status", "logged", "origin")
    }
    services = entry.metadata.get("Service") or entry.metadata.get("Services Affected")
    return named | {"service": services, "why": why}
