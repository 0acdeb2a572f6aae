"""``handoff``: what the next person on call has to know."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import PRIORITIES, format_time
from opsloop.spoken import counted, duration, times
from opsloop.targets.prose import steps
from opsloop.targets.quoting import name, quoted
from opsloop.verbs.review import error_budgets, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.model import Entry, Signal
    from opsloop.verbs.workspace import Workspace

SHIFT: Final = timedelta(hours=12)
INCIDENTS_A_SHIFT: Final = 2
"""At most two incidents in a shift of 12 hours (SRE book, chapter 11)."""
_BEGAN: Final = frozenset({"started", "detected"})
_FRESH: Final = timedelta(hours=24)
KNOWN_SHOWN: Final = 12
_URGENT: Final = frozenset({"critical", "high"})

Items = list[dict[str, Any]]


def handoff(ws: Workspace, *, start: datetime | None = None, end: datetime | None = None) -> dict[str, Any]:
    """The brief of the shift [start, end); by default the 12 hours that end now. Raises BadInput for an empty one."""
    end = end or ws.now
    start = start or end - SHIFT
    if start >= end:
        msg = f"--shift-start {format_time(start)} is not before --shift-end {format_time(end)}"
        raise BadInput(msg)
    incidents = [one for one in ws.store.read(kind="incident") if one.at < end]
    alerts = [one for one in ws.store.read(kind="alert", since=start) if one.at < end]
    changes = [
        one for kind in ("deployment", "change") for one in ws.store.read(kind=kind, since=start) if one.at < end
    ]
    entries = ws.journal.entries(archived=False)
    still_open = _open(incidents)
    services = {one.service for one in (*still_open, *alerts, *changes) if one.service}
    low = [one for one in error_budgets(ws) if one["policy"] != "healthy"]
    sections = [
        _section("open_incidents", "Open incidents", [_incident(one, end) for one in still_open]),
        _section("fired", "What fired", _fired(alerts)),
        _section("changed", "What changed", [_change(one) for one in sorted(changes, key=lambda one: one.at)]),
        _section("budgets", "Error budgets that are low", low),
        _section("known_issues", "Known issues", _known(entries, services)),
        _section("verify_first", "First things to verify", _verify_first(entries, still_open, changes, end)),
        _section("load", "Load of this shift", _load(incidents, start, end)),
    ]
    return {"from": format_time(start), "to": format_time(end), "sections": sections}


def _section(name: str, title: str, items: Items) -> dict[str, Any]:
    return {"name": name, "title": title, "items": items}


def _open(incidents: Sequence[Signal]) -> list[Signal]:
    """The first signal of every incident that is not resolved; one that began anew after its end is open again."""
    first: dict[str, Signal] = {}
    for one in incidents:
        key = one.fingerprint or one.id
        if one.status == "resolved":
            first.pop(key, None)
        elif one.status in _BEGAN:
            first.setdefault(key, one)
    return list(first.values())


def _incident(one: Signal, end: datetime) -> dict[str, Any]:
    lasting = duration((end - one.at).total_seconds())
    rank = f"[{one.severity}] " if one.severity else ""
    text = f"{rank}{name(one.service) or 'unknown service'}: {quoted(one.name or one.summary)}, open for {lasting}"
    return {"text": text, "service": one.service, "severity": one.severity, "at": format_time(one.at), "id": one.id}


def _fired(alerts: Sequence[Signal]) -> Items:
    """Monitors by how often they fired, most first: by episode, for notifications repeat while one lasts."""
    episodes: Counter[tuple[str | None, str | None]] = Counter()
    notified: Counter[tuple[str | None, str | None]] = Counter()
    firing: set[str] = set()
    for one in alerts:
        series = one.fingerprint or f"{one.service}/{one.name}"
        if one.status == "firing":
            notified[one.name, one.service] += 1
            episodes[one.name, one.service] += series not in firing
            firing.add(series)
        elif one.status == "resolved":
            firing.discard(series)
    return [
        {
            "text": f"{quoted(monitor)} on {name(service) or '?'}: {times(count)} "
            f"({counted(notified[monitor, service], 'notification')})",
            "name": monitor,
            "service": service,
            "count": count,
            "notifications": notified[monitor, service],
        }
        for (monitor, service), count in episodes.most_common()
    ]


def _change(one: Signal) -> dict[str, Any]:
    what = quoted(one.name or one.summary or one.fingerprint)
    text = f"{one.at:%H:%M} {one.kind} {one.status} {name(one.service) or '?'} {what}".strip()
    return {"text": text, "service": one.service, "at": format_time(one.at), "id": one.id}


def _known(entries: Sequence[Entry], services: set[str]) -> Items:
    """Open entries that are urgent, or about a service of this shift; the most urgent first, and not all of them."""
    known = [
        entry
        for entry in entries
        if entry.status in {"pending", "in_progress"} and (entry.priority in _URGENT or entry.service in services)
    ]
    rank = {name: number for number, name in enumerate(PRIORITIES)}
    known.sort(key=lambda entry: (entry.severity or "P5", -rank.get(entry.priority or "", 0)))
    more = len(known) - KNOWN_SHOWN
    rest = [{"text": f"and {more} more: opsloop list --status pending", "count": more}] if more > 0 else []
    return [*map(named, known[:KNOWN_SHOWN]), *rest]


def _verify_first(
    entries: Sequence[Entry], still_open: Sequence[Signal], changes: Sequence[Signal], end: datetime
) -> Items:
    """Open incidents first, then fresh deployments, then the standing checklist."""
    asks = [f"{name(one.service) or '?'}: is {quoted(one.name or one.summary)} still going on?" for one in still_open]
    asks += [
        f"{name(one.service) or '?'}: healthy since the deployment at {one.at:%H:%M}?"
        for one in changes
        if one.kind == "deployment" and one.status == "succeeded" and end - one.at <= _FRESH
    ]
    items: Items = [{"text": ask} for ask in dict.fromkeys(asks)]
    for entry in entries:
        if "on-call handoff checklist" in entry.extra_fields.get("Promoted", "") and entry.status == "promoted":
            told = entry.suggested_action or entry.prevention
            todo = [quoted(told or entry.summary)] if entry.origin == "import" or not told else steps(told)
            items += [{"text": f"{step} ({entry.id})", "id": entry.id} for step in todo]
    return items


def _load(incidents: Sequence[Signal], start: datetime, end: datetime) -> Items:
    """Incidents that began in the shift, against the guide for its length."""
    began: dict[str, datetime] = {}
    for one in incidents:
        if one.status in _BEGAN:
            began.setdefault(one.fingerprint or one.id, one.at)
    count = sum(start <= at < end for at in began.values())
    guide = INCIDENTS_A_SHIFT * ((end - start) / SHIFT)
    judged = "over" if count > guide else "within"
    length = duration((end - start).total_seconds())
    text = f"{counted(count, 'incident')}; the guide is at most {guide:.2g} in {length}: {judged} it"
    return [{"text": text, "incidents": count, "guide": guide, "over": count > guide}]
