"""Incidents of GitLab: issues, or work items as newer versions say, of the type Incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.model import severity_of
from opsloop.sources.event import signal
from opsloop.sources.gitlab.runs import project
from opsloop.sources.payload import table, text
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_ACTIONS: Final = {
    "open": ("detected", "created_at"),
    "reopen": ("detected", "updated_at"),
    "close": ("resolved", "closed_at"),
}
"""What was done to it: our status, and the field that says when."""


def read_incident(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """An incident was opened or closed; other issues, and what is only edited, say nothing of operations."""
    _ = options
    told = table(body, "object_attributes")
    meaning, identity = _ACTIONS.get(text(told, "action") or ""), text(told, "id")
    if text(told, "type") != "Incident" or meaning is None or identity is None:
        return None
    status, when = meaning
    return signal(
        delivery,
        "gitlab",
        "incident",
        status,
        key=f"incident:{identity}",
        at=moment(told, when) or moment(told, "updated_at"),
        service=project(body),
        name=text(told, "title"),
        severity=severity_of(text(told, "severity")),
        attrs={"number": text(told, "iid"), "url": text(told, "url")},
    )
