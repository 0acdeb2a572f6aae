"""Reading the journal: ``list``, ``show``, ``search``, and what in it could not be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import AREAS, CATEGORIES, ENTRY_KINDS, PRIORITIES, SEVERITIES, STATUSES, Entry, parse_time
from opsloop.verbs.doctor import Trouble
from opsloop.verbs.merged import standing_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsloop.index import Index
    from opsloop.journal import Journal
    from opsloop.verbs.workspace import Workspace

FILTERS: Final = {
    "kind": tuple(ENTRY_KINDS),
    "status": STATUSES,
    "priority": PRIORITIES,
    "severity": SEVERITIES,
    "area": AREAS,
    "category": CATEGORIES,
    "service": (),
    "pattern_key": (),
}
"""What entries are filtered by, with the allowed words (none: any)."""


def list_entries(
    ws: Workspace, *, since: str | None = None, archived: bool = False, **filters: str | None
) -> dict[str, Any]:
    """``matching`` as a document."""
    return {"entries": [document(ws, entry) for entry in matching(ws, since=since, archived=archived, **filters)]}


def matching(
    ws: Workspace,
    among: Iterable[Entry] | None = None,
    /,
    *,
    since: str | None = None,
    archived: bool = False,
    **filters: str | None,
) -> list[Entry]:
    """Entries (or those ``among`` these) that match every filter; ``since`` is a time, a date or a span such as 30d."""
    wanted = {name: value for name, value in filters.items() if value}
    for name, value in wanted.items():
        if FILTERS[name] and value not in FILTERS[name]:
            msg = f"--{name} {value!r} is none of {' '.join(FILTERS[name])}"
            raise BadInput(msg)
    first = _moment(since, ws.now) if since else None
    return [
        entry
        for entry in (ws.journal.entries(archived=archived) if among is None else among)
        if all(_has(entry, name, value) for name, value in wanted.items()) and (not first or _logged(entry) >= first)
    ]


def show(ws: Workspace, entry_id: str) -> dict[str, Any]:
    """One entry, or ``REPOSITORY#ID`` of another journal; raises NotFound."""
    if "#" in entry_id:
        from opsloop.verbs.journals import elsewhere

        shelf, entry = elsewhere(ws, entry_id)
        return {"entries": [document(shelf.ws, entry) | shelf.origin]}
    return {"entries": [document(ws, ws.journal.get(entry_id))]}


def search(ws: Workspace, text: str, *, limit: int = 10) -> dict[str, Any]:
    """Entries that hold any of the words, best first; of all ``[[journals]]``, with ``team`` and ``repository``."""
    if not ws.settings.journals:
        return {"results": _hits(ws.index, ws.journal, text, limit)}
    from opsloop.verbs.journals import ranked

    return ranked(ws, lambda shelf: _hits(shelf.index, shelf.ws.journal, text, limit), limit=limit)


def _hits(index: Index, journal: Journal, text: str, limit: int) -> list[dict[str, Any]]:
    index.refresh(journal)
    words = dict.fromkeys(re.findall(r"\w+", text.lower()))
    results = []
    for hit in index.search(text, limit):
        body = hit["body"].lower()
        seen = [word for word in words if word in body]
        results.append(
            {
                "id": hit["id"],
                "score": round(hit["score"], 4),
                "why": f"has {', '.join(seen)}" if seen else "has another form of the words",
                "text": hit["summary"] or hit["title"],
            }
        )
    return results


def document(ws: Workspace, entry: Entry) -> dict[str, Any]:
    """An entry's JSON form with its path; with the figures of what is merged into it."""
    return {**standing_for(entry, ws.journal).as_json(), "path": ws.journal.path_of(entry)}


def unreadable(ws: Workspace) -> Iterator[Trouble]:
    """For ``doctor``: what in the journal's files is not as it was probably meant."""
    for problem in ws.journal.problems():
        where = f"{problem.path}:{problem.line}"
        yield Trouble(check="journal", where=where, what=problem.message, fix="nothing is lost; mend the text by hand")


def _has(entry: Entry, name: str, value: str) -> bool:
    """Whether an entry has what is asked for; an issue's category is also that of its pattern."""
    if name == "category":
        return value in (entry.category, (entry.pattern_key or "").partition(".")[0])
    if name == "service":
        named = f"{entry.metadata.get('Service', '')},{entry.metadata.get('Services Affected', '')}"
        return value in [service.strip() for service in named.split(",")]
    return bool(getattr(entry, name) == value)


def _moment(text: str, now: datetime) -> datetime:
    if span := re.fullmatch(r"(\d+)([dh])", text):
        return now - (timedelta(days=int(span[1])) if span[2] == "d" else timedelta(hours=int(span[1])))
    return parse_time(text, timezone=UTC)


def _logged(entry: Entry) -> datetime:
    """When an entry was logged, else the day in its id."""
    for text in (entry.logged or "", entry.id.split("-")[1]):
        try:
            return parse_time(text, timezone=UTC)
        except BadInput:
            continue
    return datetime.min.replace(tzinfo=UTC)
