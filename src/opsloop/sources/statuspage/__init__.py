"""Statuspage (Atlassian): incidents and component states of a page that somebody subscribed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.payload import SUMMARY_LIMIT, rows, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_STATUSES: Final = {"investigating": "detected", "monitoring": "mitigated", "resolved": "resolved"}
_OUTAGES: Final = {"degraded_performance": "minor", "partial_outage": "major", "major_outage": "critical"}
_NO_OUTAGE: Final = frozenset({"operational", "under_maintenance"})


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read an incident's state, or a component's as a platform event. Maintenance is not an outage."""
    _ = options
    body = delivery.object()
    if incident := table(body, "incident"):
        found = _read_incident(delivery, incident)
    elif update := table(body, "component_update"):
        found = _read_component(delivery, table(body, "component"), update)
    elif "page" in body or "meta" in body:
        found = None
    else:
        msg = "neither an incident nor a component_update: this is no Statuspage notification"
        raise BadInput(msg)
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _read_incident(delivery: Delivery, incident: dict[str, Any]) -> Signal | None:
    told, identity = text(incident, "status") or "", text(incident, "id")
    is_new = told == "identified" and len(rows(incident, "incident_updates")) == 1
    status = "detected" if is_new else _STATUSES.get(told)
    if status is None or identity is None:
        return None
    began = moment(incident, "started_at") or moment(incident, "created_at")
    ended = moment(incident, "resolved_at") or moment(incident, "updated_at")
    at = {
        "detected": moment(incident, "created_at"),
        "mitigated": moment(incident, "monitoring_at") or moment(incident, "updated_at"),
        "resolved": ended,
    }[status]
    components = rows(incident, "components")
    return signal(
        delivery,
        "statuspage",
        "incident",
        status,
        key=f"incident:{identity}",
        at=at,
        service=text(components, 0, "name") if len(components) == 1 else None,
        name=text(incident, "name"),
        severity=None if text(incident, "impact") == "none" else severity_of(text(incident, "impact")),
        duration_s=seconds_between(began, ended) if status == "resolved" else None,
        summary=text(incident, "incident_updates", 0, "body", limit=SUMMARY_LIMIT),
        attrs={
            "components": ", ".join(name for item in components if (name := text(item, "name"))),
            "url": text(incident, "shortlink"),
        },
    )


def _read_component(delivery: Delivery, component: dict[str, Any], update: dict[str, Any]) -> Signal | None:
    status = text(update, "new_status")
    identity = text(update, "component_id") or text(component, "id")
    if identity is None or status not in {*_OUTAGES, *_NO_OUTAGE}:
        return None
    return signal(
        delivery,
        "statuspage",
        "event",
        "normal" if status in _NO_OUTAGE else "warning",
        key=f"component:{identity}",
        at=moment(update, "created_at"),
        event=text(update, "id"),
        service=text(component, "name"),
        name=status,
        severity=severity_of(_OUTAGES.get(status)),
        summary=f"{text(update, 'old_status')} -> {status}",
        attrs={"reason": status, "resource": text(component, "name")},
    )
