"""Azure Monitor: the common alert schema, and the classic metric alerts of older action groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.azure_monitor.activity import health, is_activity
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_CONDITIONS: Final = {"fired": "firing", "activated": "firing", "resolved": "resolved", "deactivated": "resolved"}
_SEVERITIES: Final = {
    **dict.fromkeys(("sev0", "sevcritical"), "P1"),
    **dict.fromkeys(("sev1", "severror"), "P2"),
    **dict.fromkeys(("sev2", "sevwarning"), "P3"),
    **dict.fromkeys(("sev3", "sev4", "sevinformational", "sevverbose"), "P4"),
}
"""0 critical, 1 error, 2 warning, 3 informational, 4 verbose; elsewhere "sev 1" is the worst."""
_LOG_ALERT: Final = "Microsoft.Insights/LogAlert"
_DIMENSIONS: Final = ("dimensions", "Dimensions")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one alert that fired or was resolved. What autoscaling did, or anybody, is nobody's alert."""
    _ = options
    body = delivery.object()
    data = table(body, "data", "data") or table(body, "data")  # the portal's test wraps some twice
    if table(data, "essentials"):
        found = _read(delivery, data)
    elif entry := table(data, "context", "activityLog"):
        found = _read_entry(delivery, entry)
    elif "operation" in body:
        found = None
    elif text(body, "schemaId") == _LOG_ALERT or text(data, "AlertRuleName"):
        found = _read_log_alert(delivery, data)
    elif text(body, "AlertRuleName"):  # of a Log Analytics workspace: without an envelope
        found = _read_log_alert(delivery, body)
    elif context := table(data, "context") or table(body, "context"):
        found = _read_classic(delivery, context, text(data, "status") or text(body, "status"))
    else:
        msg = "neither the common alert schema (data.essentials) nor a classic alert: enable the common alert schema"
        raise BadInput(msg)
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _last(path: str | None) -> str | None:
    """The name at the end of a resource's id."""
    return path.rstrip("/").rpartition("/")[2] if path else None


def _severity(said: str | None) -> str | None:
    word = (said or "").lower()
    return _SEVERITIES.get(word if word.startswith("sev") else f"sev{word}")


def _split(conditions: list[dict[str, Any]]) -> str:
    """What tells apart the series that one rule watches, where it splits by dimensions: each fires alone."""
    items = [item for condition in conditions for name in _DIMENSIONS for item in rows(condition, name)]
    return "".join(sorted({f":{text(item, 'name')}={text(item, 'value')}" for item in items}))


def _read(delivery: Delivery, data: dict[str, Any]) -> Signal | None:
    """The common schema. A service is told by the user's custom properties, or by the labels of Prometheus."""
    essentials = table(data, "essentials")
    if is_activity(essentials):
        fired, state = None, health(essentials, table(data, "alertContext"))
    else:
        fired, state = moment(essentials, "firedDateTime"), _state(essentials)
    if state is None:
        return None
    series, status, at = state
    told = {**table(data, "customProperties"), **table(data, "alertContext", "labels")}
    labels = {name.lower(): value for name, value in told.items()}
    return signal(
        delivery,
        "azure_monitor",
        "alert",
        status,
        key=series,
        at=at,
        service=label(labels, "service"),
        environment=label(labels, "environment"),
        name=text(essentials, "alertRule") or text(data, "alertContext", "AlertData", "BudgetName"),
        severity=_severity(text(essentials, "severity")),
        duration_s=seconds_between(fired, at) if status == "resolved" else None,
        summary=text(essentials, "description", limit=SUMMARY_LIMIT),
        attrs={
            "resource": _last(text(essentials, "configurationItems", 0) or text(essentials, "alertTargetIDs", 0)),
            "signal_type": text(essentials, "signalType"),
            "monitoring_service": text(essentials, "monitoringService"),
            "team": label(labels, "team"),
        },
    )


def _state(essentials: dict[str, Any]) -> tuple[str, str, datetime | None] | None:
    """Series, status and time of an alert that has a beginning and an end."""
    status = _CONDITIONS.get((_condition(essentials) or "").lower())
    identity = text(essentials, "alertId") or text(essentials, "originAlertId")
    if status is None or identity is None:
        return None
    at = moment(essentials, "firedDateTime" if status == "firing" else "resolvedDateTime")
    return _last(identity) or identity, status, at


def _condition(essentials: dict[str, Any]) -> str | None:
    """Costs are told when they pass a budget's limit, mostly without a condition, and never again."""
    of_costs = text(essentials, "monitoringService") == "CostAlerts"
    return text(essentials, "monitorCondition") or ("Fired" if of_costs else None)


def _read_entry(delivery: Delivery, entry: dict[str, Any]) -> Signal | None:
    """An entry of the activity log without the common schema, where it tells of somebody's health."""
    state = health({}, entry)
    if state is None:
        return None
    series, status, at = state
    resource = _last(text(entry, "resourceId"))
    return signal(
        delivery,
        "azure_monitor",
        "alert",
        status,
        key=series,
        at=at,
        name=text(entry, "properties", "title") or (f"{resource} health" if resource else None),
        summary=text(entry, "description", limit=SUMMARY_LIMIT),
        attrs={"resource": resource, "monitoring_service": text(entry, "eventSource")},
    )


def _read_log_alert(delivery: Delivery, told: dict[str, Any]) -> Signal | None:
    """A log search of the older schema found something; that it finds nothing any more is never told."""
    name = text(told, "AlertRuleName")
    if name is None:
        return None
    return signal(
        delivery,
        "azure_monitor",
        "alert",
        "firing",
        key=f"{text(told, 'SubscriptionId') or ''}/{_searched(told)}{name}{_split([told])}",
        at=moment(told, "SearchIntervalEndtimeUtc"),
        name=name,
        severity=_severity(text(told, "Severity")),
        summary=text(told, "Description", limit=SUMMARY_LIMIT),
        attrs={
            "resource": text(told, "AffectedConfigurationItems", 0) or _last(text(told, "ResourceId")),
            "count": text(told, "ResultCount"),
        },
    )


def _searched(told: dict[str, Any]) -> str:
    """Where the log was searched: a rule's name is unique in its resource group only. Azure's ids know no case."""
    place = first_text(told, "ResourceId", "WorkspaceId")
    return f"{place.strip('/').lower()}/" if place else ""


def _read_classic(delivery: Delivery, context: dict[str, Any], condition: str | None) -> Signal | None:
    status = _CONDITIONS.get((condition or "").lower())
    name = first_text(context, "name")
    if status is None or name is None:
        return None
    resource = text(context, "resourceName")
    return signal(
        delivery,
        "azure_monitor",
        "alert",
        status,
        key=f"{text(context, 'id') or name}:{resource or ''}{_split(rows(context, 'condition', 'allOf'))}",
        at=moment(context, "timestamp"),
        name=name,
        severity=_severity(text(context, "severity")),
        summary=text(context, "description", limit=SUMMARY_LIMIT),
        attrs={"resource": resource, "region": text(context, "resourceRegion"), "url": text(context, "portalLink")},
    )
