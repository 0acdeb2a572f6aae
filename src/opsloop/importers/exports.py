"""Incident and alert exports of PagerDuty and Opsgenie, as JSON or CSV: one issue for each thing that kept happening.

An export is a list of occurrences, most of them alike. Occurrences with the same service and title, numbers and ids
aside, become one entry that says how often and when.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from typing import Any, Final

from opsloop.errors import BadInput
from opsloop.importers.draft import Draft, moment
from opsloop.model import Entry, severity_of

_KEYS: Final = {
    "id": ("id", "incidentid", "alertid", "tinyid", "incidentnumber", "number"),
    "title": ("title", "message", "summary", "description"),
    "text": ("description", "body", "details", "resolvereason", "resolutionnotes"),
    "service": ("servicename", "service", "impactedservices", "services", "entity", "source"),
    "severity": ("priority", "priorityname", "severity", "urgency"),
    "status": ("status", "state"),
    "created": ("createdat", "createdon", "createdattime", "created", "starttime", "createdatutc"),
    "resolved": ("resolvedat", "resolvedon", "closedat", "closetime", "endtime", "laststatuschangeat", "updatedat"),
    "url": ("htmlurl", "url", "link"),
    "tags": ("tags",),
}
"""What each vendor calls a fact, without case and punctuation, the best name first."""
_LISTS: Final = ("incidents", "data", "alerts", "results")
_CLOSED: Final = frozenset({"resolved", "closed"})
_VARYING: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]*\d[0-9a-f]*\b|#\d+|\d+", re.IGNORECASE)


def drafts(name: str, text: str) -> list[Draft]:
    """The entries of one export; raises BadInput when the file is none."""
    rows = _from_json(text) if name.lower().endswith(".json") else list(csv.DictReader(io.StringIO(text)))
    incidents = [_incident(row) for row in rows if isinstance(row, dict)]
    known = [incident for incident in incidents if incident["title"] and incident["created"]]
    if not known:
        msg = "no incidents with a title and a time of creation"
        raise BadInput(msg)
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for incident in known:
        pattern = _VARYING.sub("#", incident["title"].lower())
        groups.setdefault((incident["service"].lower(), pattern), []).append(incident)
    return [_draft(name, pattern, alike) for pattern, alike in groups.items()]


def _from_json(text: str) -> list[Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        msg = f"is not JSON: {error}"
        raise BadInput(msg) from None
    if isinstance(document, dict):
        lists = [document[key] for key in _LISTS if isinstance(document.get(key), list)]
        document = lists[0] if lists else [document]
    return document if isinstance(document, list) else []


def _incident(row: dict[Any, Any]) -> dict[str, str]:
    """One row's facts as text; every fact is there, empty where the row says nothing."""
    plain = {re.sub(r"[^a-z]", "", str(key).lower()): _text(value) for key, value in row.items()}
    facts = {fact: next((plain[key] for key in keys if plain.get(key)), "") for fact, keys in _KEYS.items()}
    facts["created"] = moment(facts["created"]) or ""
    facts["resolved"] = moment(facts["resolved"]) or ""
    return facts


def _text(value: Any) -> str:
    """A value as text: of a reference its name, of a list its parts."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("summary", "name", "details", "id") if value.get(key)), "")
    if isinstance(value, list):
        value = ", ".join(filter(None, map(_text, value)))
    return "" if value is None else str(value).strip()


def _draft(name: str, pattern: tuple[str, str], alike: list[dict[str, str]]) -> Draft:
    alike = sorted(alike, key=lambda incident: incident["created"])
    first, last = alike[0], alike[-1]
    closed = all(incident["status"].lower() in _CLOSED for incident in alike)
    severities = [severity for incident in alike if (severity := severity_of(incident["severity"]))]
    notes = Counter(incident["text"] for incident in alike if incident["text"] not in ("", incident["title"]))
    times = f" ({len(alike)} times, {first['created'][:10]} to {last['created'][:10]})" if len(alike) > 1 else ""
    metadata = {
        "Trigger": "alert",
        "Services Affected": last["service"],
        "Tags": last["tags"],
        "Recurrence-Count": str(len(alike)) if len(alike) > 1 else "",
        "First-Seen": first["created"][:10],
        "Last-Seen": last["created"][:10],
        "Link": last["url"],
    }
    entry = Entry(
        kind="issue",
        logged=last["created"],
        priority="high" if "P1" in severities or "P2" in severities else "medium",
        status="resolved" if closed else "pending",
        severity=min(severities, default=None),
        area="incident_management",
        summary=last["title"] + times,
        details="\n\n".join(text for text, _ in notes.most_common(3)),
        timeline=tuple((incident["created"], incident["title"]) for incident in alike[-10:]),
        metadata={label: text for label, text in metadata.items() if text},
        resolution={"Resolved": last["resolved"]} if closed and last["resolved"] else {},
    )
    return Draft(f"{name}#{last['id'] or last['title']}", ("export", *pattern), entry, last["title"])
