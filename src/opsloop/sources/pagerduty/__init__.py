"""PagerDuty: webhooks version 3, and the wrapped messages of the retired versions 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.payload import first_text, rows, table, text
from opsloop.sources.signature import equal, hmac_hex, shared_secret
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_STATUSES: Final = {
    "triggered": "detected",
    "trigger": "detected",
    "reopened": "detected",
    "acknowledged": "acknowledged",
    "acknowledge": "acknowledged",
    "resolved": "resolved",
    "resolve": "resolved",
}
"""The last word of the event's type. Everything else (priority_updated, escalated, ...) changes no state."""


def verify(delivery: Delivery, secret: bytes) -> bool:
    """One of the ``v1=`` signatures over the raw body fits (there are several while a secret is rotated)."""
    signatures = delivery.headers.get("x-pagerduty-signature")
    if signatures is None:
        return shared_secret(delivery, secret)
    wanted = "v1=" + hmac_hex(secret, delivery.body)
    return any(equal(one.strip(), wanted) for one in signatures.split(","))


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read the event, or every message of the old versions."""
    _ = options
    body = delivery.object()
    event = table(body, "event")
    if text(event, "event_type"):
        found = [_read_event(delivery, event)]
    elif isinstance(body.get("messages"), list):
        found = [_read_message(delivery, message) for message in rows(body, "messages")]
    else:
        msg = "neither a version 3 event (event.event_type) nor a list of messages"
        raise BadInput(msg)
    signals = tuple(item for item in found if item)
    return Parsed(signals=signals, ignored=len(found) - len(signals))


def _read_event(delivery: Delivery, event: dict[str, Any]) -> Signal | None:
    resource, _, what = (text(event, "event_type") or "").partition(".")
    if resource != "incident" or what not in _STATUSES:
        return None
    at = moment(event, "occurred_at")
    return incident(delivery, table(event, "data"), _STATUSES[what], at, agent=table(event, "agent"))


def _read_message(delivery: Delivery, message: dict[str, Any]) -> Signal | None:
    what = (first_text(message, "event", "type") or "").removeprefix("incident.")
    told = table(message, "incident") or table(message, "data", "incident")
    if what not in _STATUSES or not told:
        return None
    entry = next(iter(rows(message, "log_entries")), {})
    at = moment(message, "created_on") or moment(entry, "created_at") or moment(told, "last_status_change_on")
    agent = table(entry, "agent") or table(told, "last_status_change_by")
    return incident(delivery, told, _STATUSES[what], at, agent=agent)


def incident(
    delivery: Delivery, told: dict[str, Any], status: str, at: datetime | None, *, agent: dict[str, Any]
) -> Signal:
    """A state that an incident took. Its id is incident, state and second: a webhook and a pull say the same event."""
    number = text(told, "id")
    if number is None:
        msg = "an incident without an id"
        raise BadInput(msg)
    began = moment(told, "created_at") or moment(told, "created_on")
    person = first_text(agent, "summary", "name") if (text(agent, "type") or "user").startswith("user") else None
    return signal(
        delivery,
        "pagerduty",
        "incident",
        status,
        key=number,
        at=at,
        event=f"{number}:{status}:{at:%Y-%m-%dT%H:%M:%S}" if at else None,
        service=first_text(table(told, "service"), "summary", "name"),
        name=first_text(told, "title", "summary", "description")
        or first_text(told.get("trigger_summary_data"), "subject", "description"),
        severity=severity_of(first_text(table(told, "priority"), "summary", "name")),
        duration_s=seconds_between(began, at) if status == "resolved" else None,
        attrs={
            "urgency": text(told, "urgency"),
            "team": text(told, "teams", 0, "summary"),
            "number": first_text(told, "number", "incident_number"),
            "dedup_key": text(told, "incident_key"),
            "url": text(told, "html_url"),
            "responder": person if status != "detected" else None,
        },
    )
