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
from opsloop.sources.payload import first_text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({FORM})

_TRANSITIONS: Final = {
    **dict.fromkeys(("triggered", "re-triggered", "warn", "re-warn", "renotify"), "firing"),
    **dict.fromkeys(("no data", "re-no data"), "no_data"),
    "recovered": "resolved",
}
_TYPES: Final = {"error": "firing", "warning": "firing", "success": "resolved"}
_PREFIXES: Final = re.compile(r"^(?:\[[^\]]{0,200}\] *)+")
_PREFIX: Final = re.compile(r"\[([\w -]{1,40}?)(?: on \{([^{}\]]{0,160})\})?\]")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one transition. Fields by the names of the shipped template or by Datadog's variables in lower case."""
    _ = options
    body = {name: value for name, value in delivery.object().items() if not _is_unexpanded(value)}
    monitor = first_text(body, "monitor_id", "alert_id")
    title = first_text(body, "title", "alert_title", "event_title")
    if monitor is None and title is None:
        msg = "neither monitor_id nor title: use the template in the README of this source"
        raise BadInput(msg)
    told = _in_title(title)
    transition = first_text(body, "alert_transition", "transition") or told.get("transition")
    status = _TRANSITIONS.get(transition.lower()) if transition else _TYPES.get(first_text(body, "alert_type") or "")
    if status is None:
        return Parsed(ignored=1)
    scope = first_text(body, "scopes", "alert_scope", "scope") or told.get("scope")
    tags = _pairs((scope or "").split(",")) | _tags(body)
    bare = _PREFIXES.sub("", title or "") or title
    alert = signal(
        delivery,
        "datadog",
        "alert",
        status,
        key=f"{monitor or bare}|{scope or ''}",
        at=moment(body, "date") or moment(body, "last_updated") or moment(body, "date_epoch"),
        event=first_text(body, "id", "event_id"),
        service=label(tags, "service"),
        environment=label(tags, "environment"),
        name=bare,
        severity=_priority(first_text(body, "severity", "alert_priority", "priority") or told.get("priority")),
        summary=first_text(body, "alert_query", "text_only_msg"),
        attrs={
            "transition": transition,
            "team": label(tags, "team"),
            "resource": first_text(body, "hostname", "host") or tags.get("host"),
            "url": first_text(body, "link", "url"),
        },
    )
    return Parsed(signals=(alert,))


def _is_unexpanded(value: Any) -> bool:
    """A variable that Datadog did not know stays as it was written: ``$ALERT_ID``."""
    return isinstance(value, str) and value.startswith("$") and value[1:].replace("_", "").isalnum()


def _priority(said: str | None) -> str | None:
    """``P2``, also as the bare number that the API calls it."""
    return severity_of(f"P{said}" if said and said.isdecimal() else said)


def _tags(body: dict[str, Any]) -> dict[str, Any]:
    return _pairs(texts(body, "tags") if isinstance(body.get("tags"), list) else str(body.get("tags") or "").split(","))


def _pairs(said: list[str]) -> dict[str, Any]:
    """``service:checkout`` and the like; a tag without a value says nothing here."""
    pairs = (tag.strip().partition(":") for tag in said)
    return {name: value for name, _, value in pairs if value}


def _in_title(title: str | None) -> dict[str, str]:
    """What Datadog's own template only says in the title: ``[P2] [Triggered on {service:checkout}] ...``."""
    found: dict[str, str] = {}
    prefixes = _PREFIXES.match(title or "")
    for word, scope in _PREFIX.findall(prefixes[0]) if prefixes else ():
        if word.lower() in _TRANSITIONS:
            found |= {"transition": word, "scope": scope}
        elif re.fullmatch(r"P[1-5]", word):
            found["priority"] = word
    return found
