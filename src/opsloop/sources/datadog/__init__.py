"""Datadog monitors: the Webhooks integration, whose body is the user's template (ours is in the README)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM
from opsloop.sources.labels import label
from opsloop.sources.payload import TEXT_LIMIT, first_text, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import iso, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({FORM})

_TRANSITIONS: Final = {
    **dict.fromkeys(("triggered", "re-triggered", "warn", "re-warn", "renotify"), "firing"),
    **dict.fromkeys(("no data", "re-no data"), "no_data"),
    **dict.fromkeys(("recovered", "warn recovered"), "resolved"),
}
_TYPES: Final = {"error": "firing", "warning": "firing", "success": "resolved"}
_TITLES: Final = ("title", "event_title", "alert_title")
"""Of these the event's has the brackets, and no groups in its text."""
_TIMES: Final = ("date", "last_updated", "date_epoch", "date_posix", "timestamp")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TITLE_LIMIT: Final = 2_000
"""Characters of a title or a scope that are read: groups by Kubernetes' tags are named with hundreds."""
_PREFIXES: Final = re.compile(rf"(?:\[[^\]]{{0,{_TITLE_LIMIT}}}\] *)*")
_PREFIX: Final = re.compile(
    rf"\[(?:(?P<priority>P[1-5])|(?P<transition>{'|'.join(_TRANSITIONS)})"
    rf"(?: on \{{(?P<scope>[^{{}}\]]{{0,{_TITLE_LIMIT}}})\}})?)\] *",
    re.IGNORECASE,
)
_EVENT_PRIORITIES: Final = frozenset({"normal", "low"})
"""What ``$PRIORITY`` says, which is the event's; the monitor's is ``$ALERT_PRIORITY``."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one transition. Fields by the names of the shipped template or by Datadog's variables, in any case."""
    _ = options
    body = {_name(name): value for name, value in delivery.object().items() if not _is_unexpanded(value)}
    monitor = first_text(body, "monitor_id", "alert_id")
    titles = [_split(said) for name in _TITLES if (said := text(body, name, limit=_TITLE_LIMIT))]
    if monitor is None and not titles:
        msg = "neither monitor_id nor title: use the template in the README of this source"
        raise BadInput(msg)
    bare, told = next((title for title in titles if title[1]), titles[0] if titles else ("", {}))
    transition = first_text(body, "alert_transition", "transition") or told.get("transition")
    status = _TRANSITIONS.get(transition.lower()) if transition else _TYPES.get(first_text(body, "alert_type") or "")
    if status is None:
        return Parsed(ignored=1)
    host = first_text(body, "hostname", "host")
    scope = first_text(body, "scopes", "alert_scope", "scope", limit=_TITLE_LIMIT) or told.get("scope")
    scope = scope or (f"host:{host}" if host else None)
    tags = _tags(body) | _pairs((scope or "").split(","))
    at = next((read for name in _TIMES if (read := moment(body, name))), None)
    event = first_text(body, "id", "event_id")
    alert = signal(
        delivery,
        "datadog",
        "alert",
        status,
        key=f"{monitor or bare}|{scope or ''}",
        at=at,
        event=f"{event}:{status}:{iso(at)}" if event and at else None,
        service=label(tags, "service"),
        environment=label(tags, "environment"),
        name=bare[:TEXT_LIMIT] or None,
        severity=_severity(body) or _priority(told.get("priority")),
        summary=first_text(body, "alert_query", "text_only_msg"),
        attrs={
            "transition": transition,
            "team": label(tags, "team"),
            "resource": host or tags.get("host"),
            "url": first_text(body, "link", "url"),
        },
    )
    return Parsed(signals=(alert,))


def _name(field: str) -> str:
    """``alert_id``, also of ``alertId`` and ``ALERT_ID``."""
    return _HUMP.sub("_", field).lower()


def _is_unexpanded(value: Any) -> bool:
    """A variable that Datadog did not know stays as it was written: ``$ALERT_ID``."""
    return isinstance(value, str) and value.startswith("$") and value[1:].replace("_", "").isalnum()


def _severity(body: dict[str, Any]) -> str | None:
    said = (text(body, name) for name in ("severity", "alert_priority", "priority"))
    return next((read for word in said if word not in _EVENT_PRIORITIES and (read := _priority(word))), None)


def _priority(said: str | None) -> str | None:
    """``P2``, also as the bare number that the API calls it."""
    return severity_of(f"P{said}" if said and said.isdecimal() else said)


def _tags(body: dict[str, Any]) -> dict[str, Any]:
    return _pairs(texts(body, "tags") if isinstance(body.get("tags"), list) else str(body.get("tags") or "").split(","))


def _pairs(said: list[str]) -> dict[str, Any]:
    """``service:checkout`` and the like; a tag without a value says nothing here."""
    pairs = (tag.strip().partition(":") for tag in said)
    return {name: value for name, _, value in pairs if value}


def _split(title: str) -> tuple[str, dict[str, str]]:
    """The monitor's name, and what stands in brackets before it: ``[P2] [Triggered on {service:checkout}] ...``.

    Brackets that say something else belong to the name.
    """
    told: dict[str, str] = {}
    prefixes = _PREFIXES.match(title)
    before = prefixes[0] if prefixes else ""
    for prefix in _PREFIX.finditer(before):
        told |= {name: said for name, said in prefix.groupdict().items() if said is not None}
    return _PREFIX.sub("", before) + title.removeprefix(before) or title, told
