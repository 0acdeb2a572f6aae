"""Opsgenie (and Jira Service Management operations): the outgoing webhook integration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_STATUSES: Final = {"Create": "firing", "Acknowledge": "acknowledged", "Close": "resolved", "Delete": "resolved"}
"""The actions that change a state; notes, tags, owners and escalations do not. What was deleted fires no more."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one action. The times are epoch milliseconds and nanoseconds in one object."""
    _ = options
    body = delivery.object()
    action, alert = text(body, "action"), table(body, "alert")
    if action is None:
        msg = "no action: this is not an Opsgenie webhook"
        raise BadInput(msg)
    status, identity = _STATUSES.get(action), text(alert, "alertId")
    if status is None or identity is None:
        return Parsed(ignored=1)
    began, details = moment(alert, "createdAt"), table(alert, "details")
    at = (began if status == "firing" else None) or moment(alert, "updatedAt")
    priority = text(alert, "priority") or ""
    read = signal(
        delivery,
        "opsgenie",
        "alert",
        status,
        key=identity,
        at=at,
        service=text(alert, "entity") or label(details, "service"),
        environment=label(details, "environment"),
        name=text(alert, "message"),
        severity=severity_of(priority if priority.upper().startswith("P") else f"P{priority}"),
        duration_s=seconds_between(began, at) if status == "resolved" else None,
        summary=text(alert, "description", limit=SUMMARY_LIMIT),
        attrs={
            "alias": text(alert, "alias"),
            "responder": text(alert, "username") if status != "firing" else None,
            "number": text(alert, "tinyId"),
        },
    )
    return Parsed(signals=(read,))
