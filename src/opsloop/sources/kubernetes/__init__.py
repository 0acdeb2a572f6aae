"""Kubernetes Event objects, core/v1 and events.k8s.io/v1, as an event exporter posts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_WORKLOADS: Final = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "Rollout", "Service", "Kustomization", "HelmRelease", "Application"}
)
"""Objects whose name is the service's name; a pod, a replica set or a node is only a resource."""
_TYPES: Final = {"Warning": ("warning", "warning"), "Normal": ("normal", "info")}
_TIMES: Final = (
    "lastTimestamp",
    "deprecatedLastTimestamp",
    "eventTime",
    "firstTimestamp",
    "deprecatedFirstTimestamp",
    "createdAt",
)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read an event, a list of them, or the object of a watch."""
    _ = options
    body = delivery.object()
    events = rows(body, "items") if isinstance(body.get("items"), list) else [table(body, "object") or body]
    found = [_read(delivery, event) for event in events]
    signals = tuple(item for item in found if item)
    if not signals and "items" not in body and not text(events[0], "kind"):
        msg = "neither an Event nor a list of events (no involvedObject or regarding, no type)"
        raise BadInput(msg)
    return Parsed(signals=signals, ignored=len(found) - len(signals))


def _read(delivery: Delivery, event: dict[str, Any]) -> Signal | None:
    """One event; the flat layout of the exporter's examples has the object's fields beside its own."""
    thing = table(event, "involvedObject") or table(event, "regarding") or event
    labels = table(thing, "labels")
    status, severity = _TYPES.get(text(event, "type") or "", (None, None))
    kind, name, reason = text(thing, "kind"), text(thing, "name"), text(event, "reason")
    if status is None or kind is None or name is None:
        return None
    at = moment(event, "series", "lastObservedTime") or next(
        (read for field in _TIMES if (read := moment(event, field))), moment(event, "metadata", "creationTimestamp")
    )
    cluster = first_text(event, "clusterName", "cluster")
    series = f"{text(thing, 'namespace') or ''}/{kind}/{name}{f'#{cluster}' if cluster else ''}:{reason}"
    count = text(event, "series", "count") or first_text(event, "count", "deprecatedCount")
    identity = first_text(table(event, "metadata"), "uid", "name")
    return signal(
        delivery,
        "kubernetes",
        "event",
        status,
        key=series,
        at=at,
        event=f"{identity}:{count or 1}:{at.isoformat()}" if identity and at else None,
        service=label(labels, "service") or (name if kind in _WORKLOADS else None),
        environment=label(labels, "environment"),
        name=reason,
        severity=severity_of(severity),
        summary=first_text(event, "message", "note", limit=SUMMARY_LIMIT),
        attrs={
            "reason": reason,
            "resource": f"{kind}/{name}",
            "namespace": text(thing, "namespace"),
            "cluster": cluster,
            "count": count,
            "component": text(event, "source", "component")
            or first_text(event, "reportingController", "reportingComponent"),
        },
    )
