"""Uptime Kuma: the webhook notification with its standard JSON body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.decoding import read_json
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, MULTIPART, PLAIN
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM, MULTIPART}

_STATUSES: Final = {"0": "firing", "1": "resolved"}
"""2 is pending (a retry), 3 is maintenance: neither is an outage, nor its end."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read a heartbeat that changed the state. Test and certificate messages have none and are ignored."""
    _ = options
    body = delivery.object()
    beat = _part(body, "heartbeat") or _part(body, "heartbeatJSON")
    monitor = _part(body, "monitor") or _part(body, "monitorJSON")
    if not beat or not monitor:
        if "msg" not in body:
            msg = "neither heartbeat nor msg: this is no Uptime Kuma notification"
            raise BadInput(msg)
        return Parsed(ignored=1, notes=(f"no heartbeat: {text(body, 'msg')}",))
    status = _STATUSES.get(text(beat, "status") or "")
    identity = text(monitor, "id") or first_text(beat, "monitorID", "monitor_id") or text(monitor, "name")
    if status is None or identity is None:
        return Parsed(ignored=1)
    tags = {name: text(tag, "value") for tag in rows(monitor, "tags") if (name := text(tag, "name"))}
    alert = signal(
        delivery,
        "uptime_kuma",
        "alert",
        status,
        key=f"monitor:{identity}",
        at=moment(beat, "time", naive_is_utc=True),
        service=text(monitor, "name"),
        environment=label(tags, "environment"),
        name=text(monitor, "name"),
        severity=severity_of(tags.get("severity")),
        summary=text(beat, "msg", limit=SUMMARY_LIMIT),
        attrs={"resource": _resource(monitor), "check_type": text(monitor, "type")},
    )
    return Parsed(signals=(alert,))


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object of the body; the method GET sends each as a JSON text of its own."""
    said = body.get(name)
    if not isinstance(said, str):
        return table(body, name)
    try:
        return table(read_json(said.encode("utf-8", "replace")))
    except BadInput:
        return {}


def _resource(monitor: dict[str, Any]) -> str | None:
    """What is watched. A bare ``https://`` is the form's default, which monitors without an address keep."""
    told = first_text(monitor, "hostname", "url")
    return None if told is None or told.endswith("://") else told
