"""Amazon CloudWatch alarms: through SNS (wrapped or raw) or EventBridge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.decoding import read_json
from opsloop.sources.event import signal
from opsloop.sources.forms import PLAIN
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, table, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN

_STATES: Final = {"ALARM": "firing", "OK": "resolved", "INSUFFICIENT_DATA": "no_data"}
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
    if kind == "Notification":
        alarm = _message(body)
    elif text(body, "detail-type") == "CloudWatch Alarm State Change":
        alarm = _from_event_bridge(body)
    elif "AlarmName" in body:
        alarm = body
    else:
        msg = "neither an SNS message, nor a raw CloudWatch alarm, nor an alarm from EventBridge"
        raise BadInput(msg)
    found = _read(delivery, alarm)
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
    detail = table(body, "detail")
    metric = table(detail, "configuration", "metrics", 0, "metricStat", "metric")
    dimensions = [{"name": name, "value": value} for name, value in table(metric, "dimensions").items()]
    return {
        "AlarmName": detail.get("alarmName"),
        "AWSAccountId": body.get("account"),
        "Region": body.get("region"),
        "NewStateValue": text(detail, "state", "value"),
        "NewStateReason": text(detail, "state", "reason", limit=SUMMARY_LIMIT),
        "StateChangeTime": text(detail, "state", "timestamp") or body.get("time"),
        "Trigger": {"Namespace": metric.get("namespace"), "Dimensions": dimensions},
    }


def _read(delivery: Delivery, alarm: dict[str, Any]) -> Signal | None:
    name, status = text(alarm, "AlarmName"), _STATES.get(text(alarm, "NewStateValue") or "")
    if name is None or status is None:
        return None
    trigger = table(alarm, "Trigger")
    dimensions = {
        first_text(item, "name", "Name"): first_text(item, "value", "Value") for item in rows(trigger, "Dimensions")
    }
    resource = [text(trigger, "Namespace"), *dimensions.values()]
    return signal(
        delivery,
        "cloudwatch",
        "alert",
        status,
        key=f"{text(alarm, 'AWSAccountId')}/{text(alarm, 'Region')}/{name}",
        at=moment(alarm, "StateChangeTime"),
        service=dimensions.get("ServiceName"),
        name=name,
        summary=first_text(alarm, "NewStateReason", "AlarmDescription", limit=SUMMARY_LIMIT),
        attrs={
            "resource": " ".join(part for part in resource if part),
            "account": text(alarm, "AWSAccountId"),
            "region": text(alarm, "Region"),
            "metric": text(trigger, "MetricName"),
            "description": text(alarm, "AlarmDescription"),
        },
    )
