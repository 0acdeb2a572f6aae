"""Grafana OnCall: outgoing webhooks of alert groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_EVENTS: Final = {
    **dict.fromkeys(("alert group created", "alert_group_created", "created", "firing", "trigger"), "detected"),
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "unresolve": "detected",
}
"""Escalations, silences and their ends change no state of the incident."""
_STATES: Final = {"firing": "detected", "acknowledged": "acknowledged", "resolved": "resolved"}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read what happened to the alert group. ``alert_payload`` is the original alert, and still says that it fires."""
    _ = options
    body = delivery.object()
    event, group = table(body, "event"), table(body, "alert_group")
    identity = text(group, "id") or text(body, "alert_group_id")
    if identity is None or text(event, "type") is None:
        msg = "no event with an alert_group: is a payload template of your own configured?"
        raise BadInput(msg)
    told = (text(event, "type") or "").lower()
    status = _STATES.get(text(group, "state") or "") if told == "status change" else _EVENTS.get(told)
    if status is None:
        return Parsed(ignored=1)
    began = moment(group, "created_at")
    happened = {
        "detected": began,
        "acknowledged": moment(group, "acknowledged_at"),
        "resolved": moment(group, "resolved_at"),
    }
    at = (None if told == "unresolve" else happened[status]) or moment(event, "time")
    labels = {**table(body, "integration", "labels"), **table(group, "labels")}
    incident = signal(
        delivery,
        "grafana_oncall",
        "incident",
        status,
        key=identity,
        at=at,
        service=label(labels, "service") or text(body, "integration", "name"),
        environment=label(labels, "environment"),
        name=text(group, "title"),
        severity=severity_of(text(labels, "severity")),
        duration_s=seconds_between(began, at) if status == "resolved" else None,
        attrs={
            "team": text(body, "integration", "team"),
            "alert": text(body, "alert_payload", "labels", "alertname"),
            "responder": text(body, "user", "username") if status != "detected" else None,
            "url": text(group, "permalinks", "web"),
        },
    )
    return Parsed(signals=(incident,))
