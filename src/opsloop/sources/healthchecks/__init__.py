"""Healthchecks: the webhook integration, whose JSON body is the user's (ours is in the README)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, PLAIN
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, line, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM}

_STATUSES: Final = {"down": "firing", "up": "resolved"}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read a check that went down or up. The last ping is the last sign of life, not the time of the failure."""
    _ = options
    body = delivery.object()
    check = table(body, "check") or body
    name = first_text(check, "name", "slug")
    identity = first_text(check, "uuid", "unique_key", "code") or _code(check) or text(check, "slug") or name
    told = text(body, "status") or text(check, "status")
    if identity is None or told is None:
        msg = "no check with a status: use the body in the README of this source"
        raise BadInput(msg)
    status = _STATUSES.get(told.lower())
    if status is None:
        return Parsed(ignored=1)
    alert = signal(
        delivery,
        "healthchecks",
        "alert",
        status,
        key=identity,
        at=moment(body, "now") or moment(body, "current time"),
        service=name,
        name=text(check, "slug") or name,
        summary=first_text(check, "desc", limit=SUMMARY_LIMIT),
        attrs={
            "last_ping": text(check, "last_ping"),
            "schedule": text(check, "schedule"),
            "tags": text(check, "tags"),
        },
    )
    return Parsed(signals=(alert,))


def _code(check: dict[str, Any]) -> str | None:
    """The UUID out of the check's address in the API: older versions tell it nowhere else, and names may repeat."""
    return line((text(check, "update_url") or "").rpartition("/")[2])
