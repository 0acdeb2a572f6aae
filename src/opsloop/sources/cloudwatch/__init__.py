"""Amazon CloudWatch alarms: through SNS (wrapped or raw) or EventBridge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.cloudwatch.certificates import certificates
from opsloop.sources.decoding import read_json
from opsloop.sources.event import signal
from opsloop.sources.forms import PLAIN
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, table, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["MEDIA", "certificates", "parse", "verify"]

MEDIA: Final = PLAIN

_STATES: Final = {"ALARM": "firing", "OK": "resolved", "INSUFFICIENT_DATA": "no_data"}
_STATE_CHANGES: Final = frozenset({"CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"})
"""The events of EventBridge that tell a state; a changed configuration is none. A rule may send them on to SNS."""
_SNS_HOST: Final = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one alarm. ``topic_arns``: the only topics that are taken. A subscription is shown, never confirmed."""
    body = delivery.object()
    allowed = texts(options, "topic_arns")
    if allowed and text(body, "TopicArn") not in allowed:
        msg = f"topic {text(body, 'TopicArn')} is not among the topic_arns of [sources.cloudwatch]"
        raise BadInput(msg)
    kind = text(body, "Type")
    if kind in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        return Parsed(ignored=1, notes=(_explain(body, kind),))
    told = _message(body) if kind == "Notification" else body
    event = text(told, "detail-type") or ""
    if event in _STATE_CHANGES:
        told = _from_event_bridge(told)
    elif told is body and "AlarmName" not in body and not event.startswith("CloudWatch Alarm "):
        msg = "neither an SNS message, nor a raw CloudWatch alarm, nor an alarm from EventBridge"
        raise BadInput(msg)
    found = _read(delivery, told)
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _explain(body: dict[str, Any], kind: str) -> str:
    url = text(body, "SubscribeURL", limit=2000) or ""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not (_SNS_HOST.fullmatch(host) and url.startswith("https://")):
        return f"{kind}: its SubscribeURL does not lead to Amazon SNS; do not open it"
    return f"{kind} for {text(body, 'TopicArn')}: nothing was fetched; to confirm, open {url}"


def _message(body: dict[str, Any]) -> dict[str, Any]:
    """The alarm is JSON in a text; any other text on the topic is none."""
    message = body.get("Message")
    try:
        read = read_json(message.encode("utf-8", "replace")) if isinstance(message, str) else message
    except BadInput:
        read = None
    return read if isinstance(read, dict) else {}


def _from_event_bridge(body: dict[str, Any]) -> dict[str, Any]:
    """The alarm as SNS would tell it."""
    detail = table(body, "detail")
    metrics = (table(item, "metricStat", "metric") for item in rows(detail, "configuration", "metrics"))
    metric: dict[str, Any] = next(filter(None, metrics), {})
    return {
        "AlarmName": detail.get("alarmName"),
        "AlarmDescription": text(detail, "configuration", "description", limit=SUMMARY_LIMIT),
        "AWSAccountId": body.get("account"),
        "Region": body.get("region"),
        "NewStateValue": text(detail, "state", "value"),
        "NewStateReason": text(detail, "state", "reason", limit=SUMMARY_LIMIT),
        "StateChangeTime": text(detail, "state", "timestamp") or body.get("time"),
        "Trigger": {
            "MetricName": metric.get("name"),
            "Namespace": metric.get("namespace"),
            "Dimensions": metric.get("dimensions"),
        },
        "AlarmContributorId": text(detail, "alarmContributor", "id"),
        "AlarmContributorAttributes": table(detail, "alarmContributor", "attributes"),
        "AlarmTags": detail.get("alarmTags"),
    }


def _metric(alarm: dict[str, Any]) -> dict[str, Any]:
    """What is measured; by metric math, anomaly detection too, the first metric that is no expression."""
    trigger = table(alarm, "Trigger")
    metrics = (table(item, "MetricStat", "Metric") for item in rows(trigger, "Metrics"))
    return trigger if "MetricName" in trigger else next(filter(None, metrics), trigger)


def _pairs(told: Any) -> dict[str, str | None]:
    """Dimensions and tags: an object, or a list of names and values."""
    if isinstance(told, dict):
        return {name: text(told, name) for name in told}
    names = ((first_text(item, "name", "Name", "key", "Key"), item) for item in rows(told))
    return {name: first_text(item, "value", "Value") for name, item in names if name}


def _read(delivery: Delivery, alarm: dict[str, Any]) -> Signal | None:
    """One alarm, or one contributor: a series of its own in an alarm over many, which is told alone."""
    name, status = text(alarm, "AlarmName"), _STATES.get(text(alarm, "NewStateValue") or "")
    if name is None or status is None:
        return None
    metric, contributor = _metric(alarm), text(alarm, "AlarmContributorId")
    dimensions = {**_pairs(metric.get("Dimensions")), **_pairs(alarm.get("AlarmContributorAttributes"))}
    tags = {key.lower(): value for key, value in _pairs(alarm.get("AlarmTags")).items()}
    resource = [text(metric, "Namespace"), *dimensions.values()]
    return signal(
        delivery,
        "cloudwatch",
        "alert",
        status,
        key=f"{text(alarm, 'AWSAccountId')}/{text(alarm, 'Region')}/{name}{f'/{contributor}' if contributor else ''}",
        at=moment(alarm, "StateChangeTime"),
        service=label(tags, "service") or dimensions.get("ServiceName"),
        environment=label(tags, "environment"),
        name=name,
        severity=severity_of(tags.get("severity")),
        summary=first_text(alarm, "NewStateReason", "AlarmDescription", limit=SUMMARY_LIMIT),
        attrs={
            "resource": " ".join(part for part in resource if part),
            "account": text(alarm, "AWSAccountId"),
            "region": text(alarm, "Region"),
            "metric": text(metric, "MetricName"),
            "description": text(alarm, "AlarmDescription"),
            "team": label(tags, "team"),
        },
    )
