"""New Relic: issues of workflow webhooks, and the incidents of the legacy notification channels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, number, rows, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({FORM})

_ISSUE: Final = re.compile(r"/issues/([\w-]{8,64})")
_STATES: Final = {
    "created": "detected",
    "activated": "detected",
    "open": "detected",
    "acknowledged": "acknowledged",
    "closed": "resolved",
}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one issue's state. It is told again on every trigger; by state and time it is one event."""
    _ = options
    body = delivery.object()
    if "current_state" in body or "incident_id" in body:
        found = _read_legacy(delivery, body)
    elif "state" in body and _identity(body):
        found = _read(delivery, body)
    else:
        msg = "neither an issue (id, state) nor a legacy incident (current_state): use New Relic's default template"
        raise BadInput(msg)
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _read(delivery: Delivery, issue: dict[str, Any]) -> Signal | None:
    status = _STATES.get((text(issue, "state") or "").lower())
    if status is None:
        return None
    began, changed = moment(issue, "createdAt"), moment(issue, "updatedAt")
    at = {
        "detected": began,
        "acknowledged": moment(issue, "acknowledgedAt") or changed,
        "resolved": moment(issue, "closedAt") or changed,
    }[status]
    entities = texts(issue, "impactedEntities")
    return signal(
        delivery,
        "newrelic",
        "incident",
        status,
        key=_identity(issue) or "",
        at=at,
        service=entities[0] if len(entities) == 1 else None,
        name=first_text(issue, "title", "condition_name") or text(issue, "alertConditionNames", 0),
        severity=severity_of(text(issue, "priority")),
        duration_s=seconds_between(began, at) if status == "resolved" else None,
        attrs={
            "entities": ", ".join(entities) if len(entities) > 1 else None,
            "alert": text(issue, "alertConditionNames", 0),
            "policy": text(issue, "alertPolicyNames", 0),
            "responder": text(issue, "owner") if status == "acknowledged" else None,
            "url": text(issue, "issueUrl"),
        },
    )


def _identity(issue: dict[str, Any]) -> str | None:
    """The issue's id, which a template without it still tells in the issue's address."""
    address = _ISSUE.search(text(issue, "issueUrl", limit=2000) or "")
    return first_text(issue, "id", "issueId") or (address[1] if address else None)


def _read_legacy(delivery: Delivery, body: dict[str, Any]) -> Signal | None:
    status = _STATES.get((text(body, "current_state") or "").lower())
    known = {name: value for name, value in body.items() if value not in (0, "0")}  # a test has the incident id 0
    identity = first_text(known, "incident_id", "condition_id", "condition_name")
    if status is None or identity is None:
        return None
    length_ms = number(body, "duration")
    targets = [name for item in rows(body, "targets") if (name := text(item, "name"))]
    return signal(
        delivery,
        "newrelic",
        "incident",
        status,
        key=f"incident:{identity}",
        at=moment(body, "timestamp"),
        service=targets[0] if len(targets) == 1 else None,
        name=first_text(body, "condition_name", "details"),
        severity=severity_of(text(body, "severity")),
        duration_s=length_ms / 1000 if length_ms and status == "resolved" else None,
        summary=text(body, "details", limit=SUMMARY_LIMIT),
        attrs={
            "policy": text(body, "policy_name"),
            "responder": text(body, "owner") if status == "acknowledged" else None,
            "url": text(body, "incident_url"),
        },
    )
