"""One learning: why it was found, when it happened, what to do about it, and who did what to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from opsloop.charts import patterns as charts
from opsloop.errors import NotFound
from opsloop.model import format_time
from opsloop.spoken import counted, times
from opsloop.web.pages.now import verdicts
from opsloop.web.pages.occurrences import days_of, evidence_of
from opsloop.web.pages.promotions import CANDIDATES, qualified
from opsloop.web.pages.provenance import provenance
from opsloop.web.pages.rendering import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.model import Entry
    from opsloop.web.desk import Desk, Document
    from opsloop.web.pages.occurrences import Days

_MOST_EVIDENCE: Final = 100
_PATIENCE_S: Final = 2.0
"""How long a first visit waits for the history; after that the page is shown, and the history follows."""
_OPEN: Final = frozenset({"pending", "in_progress"})


def learning(desk: Desk, entry_id: str) -> Document:
    """One entry, with what is known around it. Raises NotFound."""
    from opsloop.verbs.entries import document

    entry = desk.ws.journal.get(entry_id)
    shown = document(desk.ws, entry)
    evidence = _evidence(desk, entry)
    proofs = {one["id"]: one for one in desk.kept("verdicts", verdicts)["verdicts"]}
    days = desk.soon(f"days of {entry.id}", lambda ws: days_of(ws, [entry]), _PATIENCE_S)
    candidates = desk.ready(CANDIDATES, lambda: desk.kept(CANDIDATES, qualified)) if entry.status in _OPEN else None
    return {
        "entry": shown,
        "heading": entry.summary.partition("\n")[0] or entry.title.replace("_", " ") or entry.id,
        "path": shown["path"],
        "facts": list(_facts(entry)),
        "words": provenance(desk.ws, entry),
        "why": _why(entry),
        "advice": [markdown(text) for text in (entry.suggested_action, entry.prevention) if text],
        "targets": [one["target"] for one in (candidates or {"results": []})["results"] if one["id"] == entry.id],
        "body": markdown(_text(entry)),
        "evidence": evidence,
        "history": None if days is None else _history(desk, entry, days.get(entry.id, {})),
        "counting": days is None,
        "timeline": _timeline(entry, evidence),
        "proof": proofs.get(entry.id),
        "related": [hit for hit in _related(desk, entry) if hit["id"] != entry.id],
        "deeds": sorted(_deeds(desk, entry), key=lambda deed: deed["at"]),
    }


def _facts(entry: Entry) -> Iterator[dict[str, str]]:
    """What a person wants to know at a glance: label, text and, where there is more of the kind, a link."""
    said = entry.metadata
    service = said.get("Service") or said.get("Services Affected") or ""
    if service:
        yield {"label": "Service", "text": service, "href": "/learnings?" + urlencode({"q": service})}
    if entry.pattern_key:
        yield {"label": "Pattern", "text": entry.pattern_key, "href": "/patterns"}
    count = said.get("Recurrence-Count", "")
    if count.isdecimal():
        first, last = said.get("First-Seen", "")[:10], said.get("Last-Seen", "")[:10]
        span = f"on {last}" if first == last else f"{first} to {last}" if first and last else ""
        yield {"label": "Seen", "text": f"{times(int(count))}, {span}".rstrip(", "), "href": ""}
    for name in said.get("Detector", "").split(",")[:1]:
        if name.strip():
            href = "/backtest?" + urlencode({"detector": name.strip()})
            yield {"label": "Found by", "text": name.strip(), "href": href}
    if said.get("Teams"):
        yield {"label": "Team", "text": said["Teams"], "href": ""}


def _why(entry: Entry) -> str:
    """The detector's definition and what it counted, without the summary that stands above."""
    if not entry.metadata.get("Detector"):
        return ""
    told = entry.details.partition("\n\n")[0]
    return told.removeprefix(entry.summary).lstrip(". ")


def _text(entry: Entry) -> str:
    from opsloop.markdown import render

    return render(entry).partition("\n")[2].rstrip().removesuffix("---").rstrip()


def _evidence(desk: Desk, entry: Entry) -> list[dict[str, Any]]:
    found = desk.ws.store.named(evidence_of(entry)[:_MOST_EVIDENCE])
    return [signal.as_json() | {"at": format_time(signal.at)} for signal in found]


def _timeline(entry: Entry, evidence: list[dict[str, Any]]) -> Any:
    """The signals that the entry names, where they are no more than a person can follow."""
    if not evidence:
        return None
    known = entry.metadata.get("Recurrence-Count", "")
    of = f"the latest {len(evidence)} of {known}" if known.isdecimal() and int(known) > len(evidence) else "all of them"
    first, last = evidence[0]["at"][:10], evidence[-1]["at"][:10]
    span = f"{first} to {last}" if first != last else f"on {first}"
    title = f"{counted(len(evidence), 'signal')} as evidence ({of}), {span}"
    return charts.timeline([(one["at"], f"{one['kind']} {one['status']}") for one in evidence], title=title)


def _history(desk: Desk, entry: Entry, days: Days) -> Any:
    """Every occurrence by day, and the day of the promotion; None for fewer than two."""
    if sum(days.values()) < 2:
        return None
    promoted = entry.metadata.get("Promoted-At", "")[:10]
    became = entry.extra_fields.get("Promoted", "")
    marks = [(promoted, f"promoted to {became}" if became else "promoted")] if promoted >= min(days) else []
    return charts.history(days, until=f"{desk.ws.now:%Y-%m-%d}", marks=marks)


def _deeds(desk: Desk, entry: Entry) -> Iterator[dict[str, str]]:
    """What the entry says of itself, and what the audit log says was done to it."""
    if entry.logged:
        yield {"at": entry.logged, "who": "", "what": "written down"}
    dated = {
        "First-Seen": "first seen",
        "Promoted-At": f"promoted to {entry.extra_fields.get('Promoted') or 'a file'}",
        "Look": "the day on which its effect is judged",
    }
    for label, what in dated.items():
        for at in filter(None, map(str.strip, entry.metadata.get(label, "").split(","))):
            yield {"at": at, "who": "", "what": what}
    if entry.resolution.get("Resolved"):
        yield {"at": entry.resolution["Resolved"], "who": "", "what": "resolved"}
    for record in desk.ws.audit.records(subject=entry.id):
        what = f"{record.get('action', '')}: {record.get('detail') or ''}".rstrip(": ")
        yield {"at": str(record.get("at", "")), "who": str(record.get("actor", "")), "what": what}


def _related(desk: Desk, entry: Entry) -> list[dict[str, Any]]:
    from opsloop.verbs.recall import recall

    found = recall(desk.ws, entry.summary, top=4)["results"] if entry.summary else []
    return [hit | {"origin": _origin(desk, hit["id"])} for hit in found]


def _origin(desk: Desk, entry_id: str) -> str:
    """Whose words a related entry holds; those of another journal say it there."""
    try:
        return desk.ws.journal.get(entry_id).origin
    except NotFound:
        return ""
