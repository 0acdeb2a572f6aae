"""What is known of each source, and what cannot be: silence, what the vendor left out, what was never asked for.

A quiet source and a broken one send the same nothing. So every delivery is noted by the hour, also one that held
nothing new (Alertmanager repeats what still fires), and so is the receiver's own life. What is called a gap is a
silence much longer than the source's usual ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time
from opsloop.verbs.doctor import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsloop.verbs.workspace import Workspace

_LEAST_GAP_HOURS: Final = 24
_TIMES_USUAL: Final = 10
_ENOUGH_TO_MISS: Final = 20
"""So many alerts without one that was resolved make it likely that resolved ones are not sent."""
_PAIRED: Final = frozenset({"alertmanager", "grafana", "pagerduty", "opsgenie", "datadog", "uptime_kuma", "newrelic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    source: str
    hours: tuple[int, ...]
    deliveries: int
    signals: int
    resolved: int
    doubts: int


def coverage(ws: Workspace) -> dict[str, Any]:
    """For each source: first and last delivery, how many, gaps, and doubts in words."""
    with ws.store.hot.snapshot() as snapshot:
        rows = snapshot.heard()
    by_source = [_heard(source, list(group)) for source, group in groupby(rows, key=lambda row: row[0])]
    now = _hour(ws.now)
    own = [_gap(first, second) for heard in by_source if not heard.source for first, second in _gaps(heard.hours, now)]
    return {"sources": [_told(heard, now) for heard in by_source if heard.source], "receiver_gaps": own}


def unheard(ws: Workspace) -> tuple[tuple[datetime, datetime], ...]:
    """When the receiver was down for longer than a day: what tools posted then may be lost, and its absence says
    nothing. Empty where it never ran.
    """
    with ws.store.hot.snapshot() as snapshot:
        hours = [row[1] for row in snapshot.heard() if not row[0]]
    if not hours:
        return ()
    return tuple((_moment(first + 1), _moment(second)) for first, second in _gaps(hours, _hour(ws.now)))


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
        for doubt in source["doubts"]:
            yield Trouble(
                check="coverage", where=source["source"], what=doubt, fix="look at the sender's settings and log"
            )


def _told(heard: _Heard, now: int) -> dict[str, Any]:
    gaps = list(_gaps(heard.hours, now))
    return {
        "source": heard.source,
        "first": format_time(_moment(heard.hours[0])),
        "last": format_time(_moment(heard.hours[-1])),
        "deliveries": heard.deliveries,
        "signals": heard.signals,
        "gaps": [_gap(first, second) for first, second in gaps],
        "doubts": list(_doubts(heard, gaps, now)),
    }


def _doubts(heard: _Heard, gaps: Sequence[tuple[int, int]], now: int) -> Iterator[str]:
    if gaps and gaps[-1][1] == now:
        yield f"silent since {format_time(_moment(heard.hours[-1]))}, much longer than usual"
    if heard.doubts:
        yield f"{heard.doubts} deliveries said that something was left out, such as alerts cut by max_alerts"
    if heard.source in _PAIRED and heard.signals >= _ENOUGH_TO_MISS and not heard.resolved:
        yield f"{heard.signals} signals and none says resolved: is send_resolved off? Durations cannot be known"


def _gaps(hours: Sequence[int], now: int) -> Iterator[tuple[int, int]]:
    """Silences, from the last hour heard to the next (or now), that are much longer than this source's usual ones."""
    silences = [second - first for first, second in pairwise(hours)]
    longest_usual = max(_LEAST_GAP_HOURS, _TIMES_USUAL * median(silences)) if silences else _LEAST_GAP_HOURS * 7
    yield from (pair for pair in pairwise((*hours, max(now, hours[-1]))) if pair[1] - pair[0] > longest_usual)


def _heard(source: str, rows: list[tuple[str, int, int, int, int, int]]) -> _Heard:
    return _Heard(
        source=source,
        hours=tuple(row[1] for row in rows),
        deliveries=sum(row[2] for row in rows),
        signals=sum(row[3] for row in rows),
        resolved=sum(row[4] for row in rows),
        doubts=sum(row[5] for row in rows),
    )


def _gap(first: int, second: int) -> dict[str, str]:
    return {"from": format_time(_moment(first)), "to": format_time(_moment(second))}


def _text(moment: datetime) -> str:
    return format_time(moment.replace(tzinfo=UTC))


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(hours=hour)
