"""Sentry: integration webhooks for issues, issue alerts and metric alerts, and the older WebHooks plugin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, line, table, text
from opsloop.sources.signature import shared_secret, signed
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_ISSUE: Final = re.compile(r"/issues/(\d{1,20})\b")
_ISSUE_ACTIONS: Final = {"created": "firing", "unresolved": "firing", "resolved": "resolved"}
_METRIC_ACTIONS: Final = {"critical": "firing", "warning": "firing", "resolved": "resolved"}
_RESOURCES: Final = {"issue": "issue", "event_alert": "event", "metric_alert": "metric_alert", "error": "error"}
"""The header's word, and the field of ``data`` that tells it where the header is missing."""


def verify(delivery: Delivery, secret: bytes) -> bool:
    """``Sentry-Hook-Signature`` over the raw body, under the client secret. The time beside it is not signed."""
    if "sentry-hook-signature" in delivery.headers:
        return signed(delivery, secret, "sentry-hook-signature")
    return shared_secret(delivery, secret)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one event. Stack frames, requests and user data of an event are never read."""
    _ = options
    body = delivery.object()
    data, action = table(body, "data"), text(body, "action")
    if action is None or not data:
        return Parsed(signals=(_read_plugin(delivery, body),))
    resource = delivery.headers.get("sentry-hook-resource") or next(
        (word for word, field in _RESOURCES.items() if field in data), None
    )
    read = {
        "issue": _read_issue,
        "event_alert": _read_event,
        "metric_alert": _read_metric,
        "error": _read_error,
    }.get(resource or "")
    found = read(delivery, action, body) if read else None
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _read_issue(delivery: Delivery, action: str, body: dict[str, Any]) -> Signal | None:
    """An issue was found, came back, or was resolved. When it was resolved, or reopened by a person, is not told."""
    issue, status = table(body, "data", "issue"), _ISSUE_ACTIONS.get(action)
    if status is None or text(issue, "id") is None:
        return None
    by_hand = action == "unresolved" and text(body, "actor", "type") == "user"
    untimed = status == "resolved" or by_hand
    return signal(
        delivery,
        "sentry",
        "alert",
        status,
        key=f"issue:{text(issue, 'id')}",
        at=None if untimed else moment(issue, "lastSeen") or moment(issue, "firstSeen"),
        service=text(issue, "project", "slug"),
        name=text(issue, "title"),
        severity=severity_of(text(issue, "level")),
        summary=text(issue, "culprit", limit=SUMMARY_LIMIT),
        attrs={
            "number": text(issue, "shortId"),
            "count": text(issue, "count"),
            "first_seen": text(issue, "firstSeen"),
            "url": first_text(issue, "web_url", "permalink"),
        },
    )


def _read_event(delivery: Delivery, action: str, body: dict[str, Any]) -> Signal | None:
    """An issue alert's rule matched an event."""
    event, rule = table(body, "data", "event"), text(body, "data", "triggered_rule")
    return _firing(delivery, event, rule) if action == "triggered" else None


def _read_error(delivery: Delivery, action: str, body: dict[str, Any]) -> Signal | None:
    """An error came in, whether or not a rule matches it. Told by a rule as well, it is the same event."""
    return _firing(delivery, table(body, "data", "error"), None) if action == "created" else None


def _firing(delivery: Delivery, event: dict[str, Any], rule: str | None) -> Signal | None:
    """An event of an issue."""
    issue = first_text(event, "issue_id", "groupID") or _issue_in(event)
    if issue is None:
        return None
    return signal(
        delivery,
        "sentry",
        "alert",
        "firing",
        key=f"issue:{issue}",
        at=moment(event, "datetime") or moment(event, "timestamp"),
        event=text(event, "event_id"),
        service=first_text(event, "project_slug", "project_name") or _slug_in(text(event, "url")),
        environment=_environment(event),
        name=first_text(event, "title", "message"),
        severity=severity_of(text(event, "level")),
        summary=text(event, "culprit", limit=SUMMARY_LIMIT),
        attrs={
            "rule": rule,
            "url": text(event, "web_url"),
            "project": text(event, "project"),
        },
    )


def _issue_in(event: dict[str, Any]) -> str | None:
    """The issue's id, where only addresses tell it: ``.../issues/4711/...``."""
    told = _ISSUE.search(f"{text(event, 'issue_url')} {text(event, 'web_url')}")
    return told[1] if told else None


def _environment(event: dict[str, Any]) -> str | None:
    """Told by a field, or by one of the tags, which are pairs."""
    tags = event.get("tags")
    pairs = tags if isinstance(tags, list) else []
    tagged = (line(pair[1]) for pair in pairs if isinstance(pair, list) and pair[:1] == ["environment"] and pair[1:])
    return text(event, "environment") or next(tagged, None)


def _slug_in(url: str | None) -> str | None:
    """An event tells its project by number, and by slug only in its address: ``.../projects/ORG/SLUG/events/...``."""
    steps = (url or "").partition("/projects/")[2].split("/")
    return steps[1] if len(steps) > 1 and steps[1] else None


def _read_metric(delivery: Delivery, action: str, body: dict[str, Any]) -> Signal | None:
    """A metric alert crossed a threshold, or went back. The critical one comes with the time of the warning."""
    data = table(body, "data")
    alert, status = table(data, "metric_alert"), _METRIC_ACTIONS.get(action)
    if status is None or text(alert, "id") is None:
        return None
    resolved, key = status == "resolved", f"metric_alert:{text(alert, 'id')}"
    detected = moment(alert, "date_detected") or moment(alert, "date_started")
    at = moment(alert, "date_closed") if resolved else detected
    return signal(
        delivery,
        "sentry",
        "alert",
        status,
        key=key,
        at=at,
        event=f"{key}:{action}:{at.isoformat()}" if at else None,
        service=text(alert, "projects", 0),
        environment=text(alert, "alert_rule", "environment"),
        name=text(alert, "alert_rule", "name") or text(alert, "title"),
        severity=None if resolved else severity_of(action),
        summary=text(data, "description_text", limit=SUMMARY_LIMIT),
        attrs={"url": text(data, "web_url")},
    )


def _read_plugin(delivery: Delivery, body: dict[str, Any]) -> Signal:
    """The older plugin sends an issue's new event, without an action."""
    issue, project = text(body, "id"), first_text(body, "project_slug", "project")
    if issue is None or project is None:
        msg = "neither an action with data nor the older plugin's id and project"
        raise BadInput(msg)
    event = table(body, "event")
    return signal(
        delivery,
        "sentry",
        "alert",
        "firing",
        key=f"issue:{issue}",
        at=moment(event, "timestamp") or moment(event, "received"),
        event=text(event, "event_id") or text(event, "id"),
        service=project,
        environment=_environment(event),
        name=text(event, "title") or first_text(body, "message", "culprit"),
        severity=severity_of(text(body, "level")),
        summary=text(body, "culprit", limit=SUMMARY_LIMIT),
        attrs={"rule": text(body, "triggering_rules", 0), "url": text(body, "url")},
    )
