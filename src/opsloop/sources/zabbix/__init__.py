"""Zabbix: problems, as a webhook or script media type sends them (ours is in the README)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.decoding import read_json
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, PLAIN
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, rows, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM}

_STATUSES: Final = {
    **dict.fromkeys(("problem", "1"), "firing"),
    **dict.fromkeys(("ok", "resolved", "recovered", "recovery", "0"), "resolved"),
    **dict.fromkeys(("acknowledged", "acknowledge"), "acknowledged"),
}
_SEVERITIES: Final = {
    **dict.fromkeys(("disaster", "5"), "P1"),
    **dict.fromkeys(("high", "4"), "P2"),
    **dict.fromkeys(("average", "3", "warning", "2"), "P3"),
    **dict.fromkeys(("information", "1"), "P4"),
}
_MACRO: Final = re.compile(r"\{[A-Z$?][^{}]*\}|\*UNKNOWN\*")
_ACKNOWLEDGED: Final = re.compile(r"\backnowledged\b|^yes$", re.IGNORECASE)
_TIMES: Final = {
    "firing": ("eventtimestamp", "eventdatetimetimestamp"),
    "acknowledged": ("eventupdatetimestamp", "updatetimestamp"),
    "resolved": ("eventrecoverytimestamp", "recoverytimestamp"),
}
"""``{EVENT.TIMESTAMP}`` is the start of the problem, also where its end is told."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one problem, its acknowledgement or its end. Macros that Zabbix could not expand count as absent."""
    _ = options
    said = {name: value for name, value in delivery.object().items() if not _is_macro(value)}
    body = {_folded(name): value for name, value in said.items()}
    told = first_text(body, "status", "eventstatus", "triggerstatus", "eventvalue")
    name = first_text(body, "trigger", "eventname", "triggername", "name", "problem", "subject", "alertsubject")
    if told is None or name is None:
        msg = "no status with a trigger: use the media type in the README of this source"
        raise BadInput(msg)
    status = _status(body, told)
    if status is None:
        return Parsed(ignored=1)
    link = first_text(body, "link", "eventurl", "triggerurl", limit=2000) or text(said, "url", limit=2000)
    linked = _ids_in(link)
    event = first_text(body, "eventid") or linked.get("eventid")
    trigger = first_text(body, "triggerid") or linked.get("triggerid")
    host = first_text(body, "hostname", "host", "hosthost")
    series = f"trigger:{trigger}/event:{event}" if event else f"trigger:{trigger or name}/host:{host}"
    at = _time(body, status)
    tags = _tags(body)
    alert = signal(
        delivery,
        "zabbix",
        "alert",
        status,
        key=series,
        at=at,
        event=f"{series}:{status}" if event else None,
        service=text(body, "service") or label(tags, "service"),
        environment=text(body, "environment") or label(tags, "environment"),
        name=name,
        severity=_severity(body),
        duration_s=seconds_between(_time(body, "firing"), at) if status == "resolved" else None,
        summary=first_text(body, "message", "alertmessage", "item", "opdata", "eventopdata", limit=SUMMARY_LIMIT),
        attrs={"resource": host, "url": link, "team": label(tags, "team")},
    )
    return Parsed(signals=(alert,))


def _severity(body: dict[str, Any]) -> str | None:
    """The first word or number that is one of Zabbix's own: administrators may rename theirs, not number them anew."""
    told = ("severity", "eventseverity", "triggerseverity", "eventnseverity", "nseverity")
    known = (_SEVERITIES.get((text(body, name) or "").lower()) for name in told)
    return next(filter(None, known), None)


def _is_macro(value: Any) -> bool:
    return isinstance(value, str) and _MACRO.fullmatch(value.strip()) is not None


def _folded(name: str) -> str:
    """``EVENT.ID``, ``event_id`` and ``EventID`` are one name: who writes the media type chooses the spelling."""
    return "".join(char for char in name.lower() if char.isalnum())


def _status(body: dict[str, Any], told: str) -> str | None:
    """An update of a problem, which still says PROBLEM, tells at most that somebody acknowledged it."""
    if first_text(body, "eventupdatestatus", "eventupdate", "updatestatus") != "1":
        return _STATUSES.get(told.lower())
    done = first_text(body, "eventupdateaction", "updateaction", "eventackstatus", "eventack", "ackstatus")
    return "acknowledged" if _ACKNOWLEDGED.search(done or "") else None


def _time(body: dict[str, Any], status: str) -> datetime | None:
    return next((at for name in _TIMES[status] if (at := moment(body, name))), None)


def _tags(body: dict[str, Any]) -> dict[str, Any]:
    """The problem's tags, written ``service:payments, env:production`` or in JSON."""
    told = next((body[name] for name in ("eventtags", "eventtagsjson", "tags") if body.get(name)), None)
    if isinstance(told, str) and not told.startswith("["):
        return {name.strip(): value for name, _, value in (tag.partition(":") for tag in told.split(","))}
    if isinstance(told, str):
        try:
            told = read_json(told.encode("utf-8", "replace"))
        except BadInput:
            return {}
    if isinstance(told, dict):
        return {name: values[0] for name in told if (values := texts(told, name))}
    return {name: tag.get("value") for tag in rows(told) if (name := text(tag, "tag"))}


def _ids_in(link: str | None) -> dict[str, str]:
    """Event and trigger id, where only the link to the event tells them."""
    try:
        query = parse_qs(urlsplit(link or "").query, max_num_fields=50)
    except ValueError:
        return {}
    return {name: values[0] for name, values in query.items()}
