"""UptimeRobot: the webhook alert contact, whose JSON body is the user's (ours is in the README)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, PLAIN
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, number, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM}

_TYPES: Final = {"1": "firing", "down": "firing", "2": "resolved", "up": "resolved", "3": "firing"}
_EXPIRES: Final = "3"
"""A certificate, or the domain's registration: neither is the monitor itself being down."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read a monitor's new state. Variables that were not expanded (``*monitorID*``) count as absent."""
    _ = options
    body = {name.replace("_", "").lower(): value for name, value in delivery.object().items() if _is_expanded(value)}
    told = first_text(body, "alerttype", "alerttypefriendlyname")
    monitor = first_text(body, "monitorfriendlyname", "monitorname")
    key = first_text(body, "monitorid", "monitorurl") or monitor
    if told is None or key is None:
        msg = "no alert_type with a monitor: use the body in the README of this source"
        raise BadInput(msg)
    status = _TYPES.get(told.lower())
    if status is None:
        return Parsed(ignored=1)
    expires = _what_expires(body) if told == _EXPIRES else None
    alert = signal(
        delivery,
        "uptimerobot",
        "alert",
        status,
        key=f"{key}:{expires}" if expires else key,
        at=moment(body, "alertdatetime") or moment(body, "at"),
        service=monitor,
        name=f"{monitor} {expires}" if expires else monitor,
        duration_s=number(body, "alertduration") if status == "resolved" else None,
        summary=text(body, "alertdetails", limit=SUMMARY_LIMIT),
        attrs={"resource": text(body, "monitorurl"), "down_for": text(body, "alertfriendlyduration")},
    )
    return Parsed(signals=(alert,))


def _what_expires(body: dict[str, Any]) -> str:
    of_domain = "domain" in (text(body, "alerttypefriendlyname") or "").lower()
    dated = text(body, "domainexpirydate") or text(body, "domainexpiredate")
    return "domain" if of_domain or (dated and not text(body, "sslexpirydate")) else "certificate"


def _is_expanded(value: Any) -> bool:
    return not (isinstance(value, str) and value.startswith("*") and value.endswith("*"))
