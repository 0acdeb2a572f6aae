"""Prometheus Alertmanager: a group of alerts, webhook version 4 (Grafana and OnCall send the same form)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import LabelSet, fingerprint_of
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, identity, line, number, rows
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import iso, seconds_between, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["parse", "read_alert", "read_group", "verify"]

_STATUSES: Final = frozenset({"firing", "resolved"})
_NO_LABELS: Final[dict[str, Any]] = {}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read every alert of the group by its own status; the group's status says nothing about its members."""
    _ = options
    return read_group(delivery, delivery.object(), "alertmanager")


def read_group(delivery: Delivery, group: dict[str, Any], source: str) -> Parsed:
    """The alerts of one notification, as signals of ``source``."""
    if not isinstance(group.get("alerts"), list):
        msg = "no list of alerts: this is not an Alertmanager notification (was a payload template configured?)"
        raise BadInput(msg)
    alerts = rows(group, "alerts")
    signals = tuple(read for alert in alerts if (read := read_alert(delivery, alert, source)))
    ignored, cut = len(group["alerts"]) - len(signals), int(number(group, "truncatedAlerts") or 0)
    notes = (f"{cut} alerts were cut off by max_alerts and cannot be known",) if cut else ()
    return Parsed(signals=signals, ignored=ignored, notes=notes, missing=cut)


def read_alert(delivery: Delivery, alert: dict[str, Any], source: str) -> Signal | None:
    """One alert. Its id is series, start and status, so that a notification sent again is the same event.

    The start counts to the millisecond: a webhook tells it in nanoseconds, the API, which is pulled, in those.
    """
    labels, notes = alert.get("labels", _NO_LABELS), alert.get("annotations")
    status = line(alert.get("status"))
    if status not in _STATUSES or not isinstance(labels, dict):
        return None
    series = identity(alert.get("fingerprint")) or (fingerprint_of(labels) if labels else None)
    if series is None:
        return None
    started = time_of(alert.get("startsAt"))
    at = started if status == "firing" else time_of(alert.get("endsAt"))
    said = LabelSet.of(labels)
    return signal(
        delivery,
        source,
        "alert",
        status,
        key=series,
        at=at,
        event=f"{series}:{_to_milliseconds(started)}:{status}" if started else None,
        service=said.service,
        environment=said.environment,
        name=said.name,
        severity=said.severity,
        duration_s=seconds_between(started, at) if status == "resolved" else None,
        summary=first_text(notes, "summary", "title", "description", "message", limit=SUMMARY_LIMIT),
        labels=said.attrs,
        attrs={"url": alert.get("generatorURL"), "runbook": first_text(notes, "runbook_url")},
    )


def _to_milliseconds(moment: datetime) -> str:
    said = iso(moment)
    return f"{said[:23]}000{said[26:]}" if moment.microsecond >= 1000 else f"{said[:19]}{said[-6:]}"
