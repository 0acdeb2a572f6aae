"""The history of PagerDuty: incidents, and the log entries that tell when they changed their state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, OutsideFailed
from opsloop.model import format_time
from opsloop.sources.pagerduty import incident
from opsloop.sources.payload import table, text, texts
from opsloop.sources.pulling import Page, windows
from opsloop.sources.rest import Api, Missing, read_token
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources.pulling import Task

_PAGE: Final = 100
_OFFSET_LIMIT: Final = 10_000
"""PagerDuty gives no page behind this offset: such a span of time is halved."""
_SPAN: Final = timedelta(days=7)
_OVERLAP: Final = timedelta(minutes=10)
"""Log entries can turn up a little late."""
_HEADERS: Final = {"accept": "application/vnd.pagerduty+json;version=2"}
_ENTRIES: Final = {
    "trigger_log_entry": "detected",
    "acknowledge_log_entry": "acknowledged",
    "resolve_log_entry": "resolved",
}


def pull(task: Task) -> Iterator[Page]:
    """Week by week: the incidents created, then the log entries written; older incidents are asked for by id."""
    token = read_token(task.options, "PAGERDUTY_TOKEN")
    if token is None:
        msg = "no PagerDuty token: set PAGERDUTY_TOKEN, or token_env or token_file in [sources.pagerduty]"
        raise BadInput(msg)
    reached = moment(task.cursor, "reached")
    start = reached - _OVERLAP if reached else task.since
    url = text(task.options, "url") or "https://api.pagerduty.com"
    services = texts(task.options, "service_ids")
    with Api(url, token=token, authorization="Token token={token}", headers=_HEADERS) as api:
        for begin, end in windows(start, task.now, _SPAN):
            span = {"time_zone": "UTC", "is_overview": "true"}
            chosen = {"service_ids[]": services} if services else {}
            known = {str(item.get("id")): item for item in _list(api, "incidents", begin, end, {**span, **chosen})}
            entries = _list(api, "log_entries", begin, end, span)
            signals = tuple(signal for entry in entries if (signal := _read(api, task, entry, known, services)))
            done = (end - start) / (task.now - start)
            yield Page(signals=signals, cursor={"reached": format_time(end)}, done=done, label=f"until {end:%Y-%m-%d}")


def _list(api: Api, what: str, begin: datetime, end: datetime, params: dict[str, Any]) -> list[dict[str, Any]]:
    """All objects of a span, page by page; halves the span when it holds more than PagerDuty gives."""
    asked = {**params, "since": format_time(begin), "until": format_time(end), "limit": _PAGE}
    found: list[dict[str, Any]] = []
    while True:
        answer = api.get(f"/{what}", {**asked, "offset": len(found)})
        page = answer.objects(what)
        found += page
        if not page or table(answer.body).get("more") is not True:
            return found
        if len(found) + _PAGE > _OFFSET_LIMIT:
            break
    if end - begin < timedelta(minutes=1):
        msg = f"more than {_OFFSET_LIMIT} {what} within a minute: PagerDuty does not give them all"
        raise OutsideFailed(msg)
    middle = begin + (end - begin) / 2
    return _list(api, what, begin, middle, params) + _list(api, what, middle, end, params)


def _incident(api: Api, number: str) -> dict[str, Any]:
    """The incident, or nothing where it is not to be had: that must not end this pull and all that follow."""
    try:
        return table(api.get(f"/incidents/{number}").body, "incident")
    except Missing:
        return {}


def _read(
    api: Api, task: Task, entry: dict[str, Any], known: dict[str, dict[str, Any]], services: list[str]
) -> Signal | None:
    status, number = _ENTRIES.get(text(entry, "type") or ""), text(entry, "incident", "id")
    if status is None or number is None:
        return None
    if services and text(entry, "service", "id") not in (None, *services):
        return None
    if number not in known:
        told = _incident(api, number)
        known[number] = told if not services or text(told, "service", "id") in services else {}
    told = known[number]
    if not told:
        return None
    return incident(task.received, told, status, moment(entry, "created_at"), agent=table(entry, "agent"))
