"""Zabbix: problems, as a webhook or script media type sends them (ours is in the README)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, PLAIN
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM}

_STATUSES: Final = {
    **dict.fromkeys(("problem", "1"), "firing"),
    **dict.fromkeys(("ok", "resolved", "0"), "resolved"),
    **dict.fromkeys(("acknowledged", "acknowledge"), "acknowledged"),
}
_SEVERITIES: Final = {
    **dict.fromkeys(("disaster", "5"), "P1"),
    **dict.fromkeys(("high", "4"), "P2"),
    **dict.fromkeys(("average", "3", "warning", "2"), "P3"),
    **dict.fromkeys(("information", "1"), "P4"),
}
_MACRO: Final = re.compile(r"\{[A-Z$#][A-Z0-9_.$#:]*\}|\*UNKNOWN\*")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one problem or its end. Macros that Zabbix could not expand count as absent."""
    _ = options
    body = {name: value for name, value in delivery.object().items() if not _is_macro(value)}
    told = first_text(body, "status", "event_status", "trigger_status", "event_value")
    name = first_text(body, "trigger", "event_name", "trigger_name", "name", "subject")
    if told is None or name is None:
        msg = "no status with a trigger: use the media type in the README of this source"
        raise BadInput(msg)
    status = _STATUSES.get(told.lower())
    if status is None:
        return Parsed(ignored=1)
    linked = _ids_in(text(body, "link", limit=2000) or text(body, "url", limit=2000))
    event = first_text(body, "event_id", "eventid") or linked.get("eventid")
    trigger = first_text(body, "trigger_id", "triggerid") or linked.get("triggerid")
    host = first_text(body, "hostname", "host", "host_name")
    series = f"trigger:{trigger}/event:{event}" if event else f"trigger:{trigger or name}/host:{host}"
    at = "recovery_timestamp" if status == "resolved" and "recovery_timestamp" in body else "event_timestamp"
    alert = signal(
        delivery,
        "zabbix",
        "alert",
        status,
        key=series,
        at=moment(body, at),
        event=f"{series}:{status}" if event else None,
        service=text(body, "service"),
        environment=text(body, "environment"),
        name=name,
        severity=_SEVERITIES.get(
            (first_text(body, "severity", "event_severity", "trigger_severity", "event_nseverity") or "").lower()
        ),
        summary=first_text(body, "message", "item", "opdata", limit=SUMMARY_LIMIT),
        attrs={"resource": host, "url": first_text(body, "link", "url")},
    )
    return Parsed(signals=(alert,))


def _is_macro(value: Any) -> bool:
    return isinstance(value, str) and _MACRO.fullmatch(value.strip()) is not None


def _ids_in(link: str | None) -> dict[str, str]:
    """Event and trigger id, where only the link to the event tells them."""
    try:
        query = parse_qs(urlsplit(link or "").query, max_num_fields=50)
    except ValueError:
        return {}
    return {name: values[0] for name, values in query.items()}
