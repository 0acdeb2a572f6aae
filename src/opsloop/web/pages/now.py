"""Now: what is open, what burns, what was found lately, what is due. Shown at once; slow figures follow live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import PRIORITIES, format_time, parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

_LOOK_BACK_DAYS: Final = 90
_MOST_FOUND: Final = 25


def now(desk: Desk) -> Document:
    """The four cards and what the last detections found; None is a figure that is being computed."""
    day = f"today {desk.ws.now:%Y-%m-%d}"
    today = desk.ready(day, lambda: desk.kept(day, _today))
    incidents = desk.ready("open incidents", lambda: desk.kept("open incidents", _open_incidents))
    slos = desk.ready("metrics slo 30 None", lambda: desk.metrics("slo", days=30))
    heard = desk.kept("coverage", coverage)["sources"]
    return {
        "stamp": desk.stamp,
        "open_incidents": None if incidents is None else incidents["incidents"],
        "burning": None if slos is None else [slo | {"name": slo["slo"]} for slo in slos["groups"] if _needs_care(slo)],
        "due": None if today is None else today["due"],
        "delivering": len({row["source"] for row in heard}),
        "gaps": [row for row in heard if row["doubts"]],
        "findings": None if today is None else today["findings"],
    }


def _today(ws: Workspace) -> Document:
    """What the learnings say about today."""
    entries = ws.journal.entries(archived=False)
    since = ws.now - timedelta(days=1)
    return {"due": _due(entries, ws.now), "findings": _found(entries, f"{since:%Y-%m-%d}")}


def _needs_care(slo: dict[str, Any]) -> bool:
    return slo["policy"] in {"low", "exhausted"} or any(rate["burning"] for rate in slo["burn_rates"] or ())


def _found(entries: list[Entry], since: str) -> list[dict[str, Any]]:
    """Entries that a detector wrote and whose pattern showed since that day, most urgent first."""
    fresh = [
        entry for entry in entries if entry.metadata.get("Detector") and entry.metadata.get("Last-Seen", "") >= since
    ]
    ranked = sorted(fresh, key=lambda entry: (entry.priority not in PRIORITIES[2:], entry.id))
    return [
        {
            "priority": entry.priority,
            "service": entry.service,
            "summary": entry.summary,
            "pattern_key": entry.pattern_key,
            "entry_id": entry.id,
        }
        for entry in ranked[:_MOST_FOUND]
    ]


def _due(entries: list[Entry], now: datetime) -> list[dict[str, str]]:
    """Proofs whose planned look comes within a week or came in the last one."""
    week = timedelta(days=7)
    due = []
    for entry in entries:
        looks = [part.strip() for part in entry.metadata.get("Look", "").split(",") if part.strip()]
        near = [look for look in looks if abs(parse_time(_whole(look)) - now) <= week]
        if near:
            due.append({"id": entry.id, "decision": "", "reason": f"look on {near[0][:10]}: {entry.summary}"})
    return due


def _whole(look: str) -> str:
    return f"{look}T00:00:00Z" if len(look) == len("2026-01-31") else look


def _open_incidents(ws: Workspace) -> Document:
    """Incidents whose latest state is not resolved, longest open first."""
    last: dict[str, Any] = {}
    for signal in ws.store.read(kind="incident", since=ws.now - timedelta(days=_LOOK_BACK_DAYS)):
        key = signal.fingerprint or signal.id
        first = last[key]["since"] if key in last else format_time(signal.at)
        last[key] = {
            "name": signal.name,
            "service": signal.service,
            "severity": signal.severity,
            "fingerprint": key,
            "since": first,
            "status": signal.status,
        }
    still_open = [one for one in last.values() if one["status"] != "resolved"]
    return {"incidents": sorted(still_open, key=lambda one: str(one["since"]))}


def verdicts(ws: Workspace) -> Document:
    """Every proof."""
    from opsloop.verbs.verify import verify

    return verify(ws, write=False)


def coverage(ws: Workspace) -> Document:
    """What each source sent, and where it was silent."""
    from opsloop.verbs.coverage import coverage as covered

    return covered(ws)
