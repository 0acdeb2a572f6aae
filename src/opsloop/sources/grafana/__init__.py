"""Grafana: unified alerting (Alertmanager's form with more in it) and the legacy dashboard alerts before version 9."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.alertmanager import read_group
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, table, text
from opsloop.sources.signature import equal, fresh, hmac_hex, shared_secret, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_SIGNATURE: Final = "x-grafana-alerting-signature"
_SIGNED_AT: Final = ("x-grafana-alerting-signature-timestamp", "x-grafana-alerting-timestamp")
_NO_DATA: Final = "DatasourceNoData"
"""What Grafana calls the alert of a rule whose query had no data; ``rulename`` is the rule."""
_LEGACY_STATES: Final = {"alerting": "firing", "ok": "resolved", "no_data": "no_data"}


def verify(delivery: Delivery, secret: bytes) -> bool:
    """The HMAC of Grafana 12 and later (with a signed time: within the replay window), or a header or password."""
    given = delivery.headers.get(_SIGNATURE)
    if given is None:
        return shared_secret(delivery, secret)
    signed_at = next((delivery.headers[name] for name in _SIGNED_AT if name in delivery.headers), None)
    if signed_at is None:
        return signed(delivery, secret, _SIGNATURE)
    message = signed_at.encode("utf-8", "replace") + b":" + delivery.body
    return equal(given.strip(), hmac_hex(secret, message)) and fresh(delivery, signed_at)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read the alerts of a unified notification by their own status, or the one legacy alert."""
    _ = options
    body = delivery.object()
    if "alerts" in body:
        group = read_group(delivery, body, "grafana")
        common = text(body, "commonLabels", "alertname") or text(body, "groupLabels", "alertname")
        return replace(group, signals=tuple(_told_apart(alert, common) for alert in group.signals))
    rule = first_text(body, "ruleId", "ruleName")
    if rule is None or "state" not in body:
        msg = "neither a list of alerts nor a legacy alert (ruleId, state): is a payload template configured?"
        raise BadInput(msg)
    status = _LEGACY_STATES.get(text(body, "state") or "")
    if status is None:
        return Parsed(ignored=1)
    return Parsed(signals=(_read_legacy(delivery, body, rule, status),))


def _told_apart(alert: Signal, common: str | None) -> Signal:
    """A rule without data fires under another name; a template may say an alert's name only once, for the group."""
    if alert.name == _NO_DATA and alert.status == "firing":
        return alert._replace(status="no_data")
    return alert if alert.name or not common else alert._replace(name=common)


def _read_legacy(delivery: Delivery, body: dict[str, Any], rule: str, status: str) -> Signal:
    tags, organisation = table(body, "tags"), text(body, "orgId")
    return signal(
        delivery,
        "grafana",
        "alert",
        status,
        key=f"rule:{rule}" + (f"@org:{organisation}" if organisation else ""),
        at=None,
        service=label(tags, "service"),
        environment=label(tags, "environment"),
        name=first_text(body, "ruleName", "title"),
        severity=severity_of(text(tags, "severity")),
        summary=first_text(body, "message", "title", limit=SUMMARY_LIMIT),
        attrs={"url": text(body, "ruleUrl"), "team": label(tags, "team")},
    )
