"""Pingdom: uptime and transaction checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["parse", "verify"]

_STATES: Final = {"DOWN": "firing", "FAILING": "firing", "UP": "resolved", "SUCCESS": "resolved"}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read a check's new state. The importance belongs to the check, so a recovery carries it too."""
    _ = options
    body = delivery.object()
    check, state = text(body, "check_id"), text(body, "current_state")
    if check is None or state is None:
        msg = "no check_id with a current_state: this is no Pingdom notification"
        raise BadInput(msg)
    status = _STATES.get(state.upper())
    if status is None:
        return Parsed(ignored=1)
    alert = signal(
        delivery,
        "pingdom",
        "alert",
        status,
        key=f"check:{check}",
        at=moment(body, "state_changed_timestamp") or moment(body, "state_changed_utc_time", naive_is_utc=True),
        name=text(body, "check_name"),
        severity=severity_of(text(body, "importance_level")),
        summary=first_text(body, "long_description", "description", limit=SUMMARY_LIMIT),
        attrs={
            "resource": text(body, "check_params", "hostname"),
            "check_type": text(body, "check_type"),
            "probe": text(body, "first_probe", "location"),
        },
    )
    return Parsed(signals=(alert,))
