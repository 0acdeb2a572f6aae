"""Local hours of the day in any engine: the zone's offsets as data, instead of an engine's own zone tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.config import Hours

YEARS_BACK: Final = 6
"""How far back changes of the clock are known; before that the oldest known offset holds."""


def in_peak(at: Any, hours: Hours, *, now: datetime) -> Any:
    """Whether a time (naive UTC) lies in peak hours, half-open, in the configured zone, summer time included."""
    first, last = hours.span
    changes = list(_changes(ZoneInfo(hours.timezone), now))
    hour_of = [(at < ibis.literal(until, type="timestamp(6)"), offset) for until, offset in changes[:-1]]
    offset_s = ibis.cases(*hour_of, else_=changes[-1][1]) if hour_of else ibis.literal(changes[-1][1])
    utc_s = at.hour().cast("int64") * 3600 + at.minute().cast("int64") * 60 + at.second().cast("int64")
    local_s = (utc_s + offset_s + 86_400) % 86_400
    ends_s = last.hour * 3600 or 86_400
    return (local_s >= first.hour * 3600) & (local_s < ends_s)


def _changes(zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, int]]:
    """``(until, offset in seconds)`` in order, until naive UTC; the last holds for good. Exact to the minute."""
    day = datetime(now.year - YEARS_BACK, 1, 1, tzinfo=UTC)
    end = now + timedelta(days=2)
    while day < end:
        following = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, following):
            change = next(
                moment
                for minute in range(1, 24 * 60 + 1)
                if _offset(zone, moment := day + timedelta(minutes=minute)) != _offset(zone, day)
            )
            yield change.replace(tzinfo=None), _offset(zone, day)
        day = following
    yield end.replace(tzinfo=None), _offset(zone, end)


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
