"""Google Cloud Monitoring: incidents of alerting policies, by webhook or in a Pub/Sub push."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.decoding import read_json
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_STATES: Final = {"open": "firing", "closed": "resolved", "acknowledged": "acknowledged"}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one incident's state."""
    _ = options
    body = delivery.object()
    if "incident" not in body and text(body, "message", "data", limit=1) is not None:
        body = _unwrap(body)
    incident = table(body, "incident")
    identity = text(incident, "incident_id")
    if identity is None:
        msg = "no incident with an incident_id: this is no Cloud Monitoring notification"
        raise BadInput(msg)
    status = _STATES.get((text(incident, "state") or "").lower())
    if status is None:
        return Parsed(ignored=1)
    began, ended = moment(incident, "started_at"), moment(incident, "ended_at")
    labels = {**table(incident, "resource", "labels"), **table(incident, "metadata", "user_labels")}
    labels |= table(incident, "policy_user_labels")
    metric = table(incident, "metric", "labels")
    alert = signal(
        delivery,
        "google_cloud_monitoring",
        "alert",
        status,
        key=identity,
        at={"firing": began, "resolved": ended}.get(status),
        service=label(labels, "service") or label(metric, "service"),
        environment=label(labels, "environment") or label(metric, "environment"),
        name=first_text(incident, "condition_name", "policy_name"),
        severity=severity_of(text(incident, "severity")) or severity_of(text(labels, "severity")),
        duration_s=seconds_between(began, ended) if status == "resolved" else None,
        summary=text(incident, "summary", limit=SUMMARY_LIMIT),
        attrs={
            "resource": first_text(incident, "resource_display_name", "resource_name", "resource_id"),
            "policy": text(incident, "policy_name"),
            "project": first_text(incident, "scoping_project_id"),
            "team": label(labels, "team") or label(metric, "team"),
            "url": text(incident, "url"),
        },
    )
    return Parsed(signals=(alert,))


def _unwrap(body: dict[str, Any]) -> dict[str, Any]:
    """The notification inside a Pub/Sub push."""
    try:
        inner = read_json(base64.b64decode(str(body["message"]["data"]), validate=True))
    except (binascii.Error, ValueError):
        msg = "message.data is not Base64"
        raise BadInput(msg) from None
    return inner if isinstance(inner, dict) else {}
