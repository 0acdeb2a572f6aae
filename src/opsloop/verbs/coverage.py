"""What is known of each source, and what cannot be: silence, what the vendor left out, what was never asked for.

Every delivery and every pull is noted by the hour, also one that held nothing new (Alertmanager repeats what still
fires), and so is the receiver's own life. What is called a gap is a silence longer than the source's usual ones. Doubts
are about the last 30 days: what was mended before, or a tool that was given up, is nobody's trouble any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time
from opsloop.signals.store import disk_errors
from opsloop.verbs.doctor import Trouble
from opsloop.verbs.silences import absences, unusual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsloop.verbs.workspace import Workspace

HEARD_KEPT_HOURS: Final = 400 * 24
"""How long what was heard is kept: a year, and a month to look at it."""
_DOUBTED_HOURS: Final = 30 * 24
_PULLED: Final = "pull:"
"""Before the source's name where pulls are noted: they are not deliveries, and must not hide that those stopped."""
_ENOUGH_TO_MISS: Final = 20
"""So many new alerts without one that was resolved make it likely that resolved ones are not sent."""
_PAIRED: Final = frozenset({"alertmanager", "grafana", "pagerduty", "opsgenie", "datadog", "uptime_kuma", "newrelic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What was heard of a source; the ``recent_`` counts are those of the last 30 days."""

    source: str
    pulled: bool
    hours: tuple[int, ...]
    deliveries: int
    signals: int
    recent_signals: int
    recent_resolved: int
    recent_doubts: int


def coverage(ws: Workspace) -> dict[str, Any]:
    """For each source: first and last delivery (or pull), how many, new signals, gaps, and doubts in words.

    A source that both posts and is pulled is told twice, by ``origin``.
    """
    now = _hour(ws.now)
    with ws.store.hot.snapshot() as snapshot:
        rows = snapshot.heard()
    by_source = {source: list(group) for source, group in groupby(rows, key=lambda row: row[0])}
    own = [row[1] for row in by_source.pop("", [])]
    heard = sorted((_heard(*one, now) for one in by_source.items()), key=lambda one: (one.source, one.pulled))
    return {
        "sources": [_told(one, now) for one in heard],
        "receiver_gaps": [_gap(first, second) for first, second in absences(own, now)] if own else [],
    }


def note_pull(ws: Workspace, source: str, accepted: int, *, missing: bool = False) -> None:
    """Keep that a source was pulled to its end, so that pulls which stop are noticed like deliveries which do.

    ``accepted``: how many signals were new; ``missing``: the tool said that it left something out. Raises StoreFull or
    OutsideFailed.
    """
    _ = ws.state
    hot, hour = ws.store.hot, _hour(ws.now)
    with disk_errors(hot.path):
        hot.hear([(_PULLED + source, hour, 1, accepted, 0, int(missing))])
        hot.forget_heard(hour - HEARD_KEPT_HOURS)


def unheard(ws: Workspace) -> tuple[tuple[datetime, datetime], ...]:
    """When the receiver was down for longer than a day: what tools posted then may be lost, and its absence says
    nothing. Empty where it never ran.
    """
    with ws.store.hot.snapshot() as snapshot:
        hours = [row[1] for row in snapshot.heard() if not row[0]]
    if not hours:
        return ()
    return tuple((_moment(first + 1), _moment(second)) for first, second in absences(hours, _hour(ws.now)))


def stored(ws: Workspace) -> dict[str, Any]:
    """How many signals there are of each source, however they came, and from when to when they happened."""
    from opsloop.metrics.relations import fetch
    from opsloop.signals.table import open_table

    table = open_table(ws.store, ws.settings.engine)
    happened = table["at"]
    rows = fetch(table.group_by("source").agg(signals=table.count(), first=happened.min(), last=happened.max()))
    found = [
        {"source": row["source"], "signals": row["signals"], "first": _text(row["first"]), "last": _text(row["last"])}
        for row in rows
    ]
    return {"sources": sorted(found, key=lambda one: -int(one["signals"]))}


def check(ws: Workspace) -> Iterator[Trouble]:
    """For ``doctor``: sources that fell silent, or leave things out."""
    for source in coverage(ws)["sources"]:
        name, pulled = source["source"], source["origin"] == "pull"
        fix = f"see whether 'opsloop pull {name}' still runs" if pulled else "look at the sender's settings and log"
        yield from (Trouble(check="coverage", where=name, what=doubt, fix=fix) for doubt in source["doubts"])


def _told(heard: _Heard, now: int) -> dict[str, Any]:
    gaps = list(unusual(heard.hours, now))
    return {
        "source": heard.source,
        "origin": "pull" if heard.pulled else "webhook",
        "first": format_time(_moment(heard.hours[0])),
        "last": format_time(_moment(heard.hours[-1])),
        "deliveries": heard.deliveries,
        "signals": heard.signals,
        "gaps": [_gap(first, second) for first, second in gaps],
        "doubts": list(_doubts(heard, gaps, now)),
    }


def _doubts(heard: _Heard, gaps: Sequence[tuple[int, int]], now: int) -> Iterator[str]:
    last = heard.hours[-1]
    if gaps and gaps[-1] == (last, now) and now - last <= _DOUBTED_HOURS:
        yield f"{'not pulled' if heard.pulled else 'silent'} since {format_time(_moment(last))}, much longer than usual"
    if heard.recent_doubts:
        what = "something was left out, such as alerts cut by max_alerts, in the last 30 days"
        yield f"{heard.recent_doubts} {'pulls' if heard.pulled else 'deliveries'} said that {what}"
    posts_ends = heard.source in _PAIRED and not heard.pulled
    if posts_ends and heard.recent_signals >= _ENOUGH_TO_MISS and not heard.recent_resolved:
        signals = f"{heard.recent_signals} signals and none says resolved, in the last 30 days"
        yield f"{signals}: is send_resolved off? Durations cannot be known"


def _heard(source: str, rows: list[tuple[str, int, int, int, int, int]], now: int) -> _Heard:
    recent = [row for row in rows if row[1] > now - _DOUBTED_HOURS]
    return _Heard(
        source=source.removeprefix(_PULLED),
        pulled=source.startswith(_PULLED),
        hours=tuple(row[1] for row in rows),
        deliveries=sum(row[2] for row in rows),
        signals=sum(row[3] for row in rows),
        recent_signals=sum(row[3] for row in recent),
        recent_resolved=sum(row[4] for row in recent),
        recent_doubts=sum(row[5] for row in recent),
    )


def _gap(first: int, second: int) -> dict[str, str]:
    return {"from": format_time(_moment(first)), "to": format_time(_moment(second))}


def _text(moment: datetime) -> str:
    return format_time(moment.replace(tzinfo=UTC))


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(hours=hour)
