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

_STATES_OF_ISSUES: Final = frozenset({"created", "activated"})
"""They are told again whenever the issue changes."""


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
    state = (text(issue, "state") or "").lower()
    status = "acknowledged" if state == "activated" and _is_acknowledged(issue) else _STATES.get(state)
    if status is None:
        return None
    began, changed = moment(issue, "createdAt"), moment(issue, "updatedAt")
    at = {
        "detected": began,
        "acknowledged": moment(issue, "acknowledgedAt") or changed,
        "resolved": moment(issue, "closedAt") or changed,
    }[status]
    entities = list(dict.fromkeys(texts(issue, "impactedEntities")))  # one entity comes once for each incident
    return signal(
        delivery,
        "newrelic",
        "incident",
        status,
        key=_identity(issue) or "",
        at=at,
        service=entities[0] if len(entities) == 1 else None,
        name=first_text(issue, "title", "issueTitle", "condition_name") or text(issue, "alertConditionNames", 0),
        severity=severity_of(text(issue, "priority")),
        duration_s=seconds_between(began, at) if status == "resolved" else None,
        attrs={
            "entities": ", ".join(entities) if len(entities) > 1 else None,
            "alert": text(issue, "alertConditionNames", 0),
            "policy": text(issue, "alertPolicyNames", 0),
            "responder": _owner(issue) if status == "acknowledged" else None,
            "url": text(issue, "issueUrl"),
        },
    )


def _is_acknowledged(issue: dict[str, Any]) -> bool:
    """An acknowledged issue stays ACTIVATED; its time says it, else that a user acted, else that it has an owner."""
    if "acknowledgedAt" in issue:
        return moment(issue, "acknowledgedAt") is not None
    trigger = text(issue, "trigger")
    return trigger == "USER_ACTION" if trigger else _owner(issue) is not None


def _owner(body: dict[str, Any]) -> str | None:
    """Who has taken it; New Relic writes ``N/A`` for nobody."""
    owner = text(body, "owner")
    return None if owner == "N/A" else owner


def _identity(issue: dict[str, Any]) -> str | None:
    """The issue's id, which a template without it still tells in the issue's address."""
    address = _ISSUE.search(text(issue, "issueUrl", limit=2000) or "")
    return first_text(issue, "id", "issueId") or (address[1] if address else None)


def _read_legacy(delivery: Delivery, body: dict[str, Any]) -> Signal | None:
    """The fields of the old channels, which workflows fill too: then with an issue's states."""
    state = (text(body, "current_state") or "").lower()
    of_workflow = state in _STATES_OF_ISSUES
    status = "acknowledged" if state == "activated" and _owner(body) else _STATES.get(state)
    known = {name: value for name, value in body.items() if value not in (0, "0")}  # a test has the incident id 0
    identity = first_text(known, "incident_id", "issue_id", "condition_id", "condition_name")
    if status is None:
        return None
    if identity is None:
        msg = "the incident says neither incident_id nor condition: nothing tells it from others"
        raise BadInput(msg)
    length_ms = number(body, "duration")
    targets = list({name: None for item in rows(body, "targets") if (name := text(item, "name"))})
    return signal(
        delivery,
        "newrelic",
        "incident",
        status,
        key=f"incident:{identity}",
        at=moment(body, "timestamp"),
        event=f"incident:{identity}:{status}" if of_workflow and status == "detected" else None,
        service=targets[0] if len(targets) == 1 else None,
        name=first_text(body, "condition_name", "details"),
        severity=severity_of(text(body, "severity")),
        duration_s=length_ms / 1000 if length_ms and status == "resolved" else None,
        summary=text(body, "details", limit=SUMMARY_LIMIT),
        attrs={
            "policy": text(body, "policy_name"),
            "responder": _owner(body) if status == "acknowledged" else None,
            "url": text(body, "incident_url"),
        },
    )
