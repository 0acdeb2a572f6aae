"""A detector's past: what it would have found on each day, with nothing looked at that came later."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from opsloop.config import Settings
    from opsloop.detectors import Detector
    from opsloop.signals.table import Table

    Asked = tuple[datetime, list[dict[str, Any]]]

AT_ONCE: Final = 31
"""How many days one query judges: each signal stands in it once a day, so this bounds its size."""
_A_DAY: Final = {"_days": 1, "_hours": 24, "_minutes": 24 * 60}
"""How thresholds that are spans of time end, and how many of their unit are a day."""
_WHERE: Final = frozenset({"pattern_key", "service", "services"})


class Found(NamedTuple):
    """What a day's findings show: a pattern, and whose it is; ``services`` has more than one of what spans them."""

    day: str
    pattern_key: str
    service: str | None
    services: tuple[str, ...]


def replay(
    detector: Detector, signals: Table, dates: Sequence[date], now: datetime, settings: Settings
) -> Iterator[Found]:
    """What was found on each of ``dates`` (UTC, one after the other).

    Most detectors date what they find by the moment it could be known, so one pass tells all days. A standing or
    restated one is asked as of the end of each day.
    """
    signals = signals.filter(signals.kind.isin(sorted(detector.rule.reads)))
    reach = _reach(detector, settings)
    if reach is not None:
        signals = signals.filter(signals["at"] >= datetime.combine(dates[0], time()) - reach)
    past = _Past(detector, signals, now, settings)
    if detector.rule.standing:
        yield from past.states(dates)
    elif detector.rule.restated:
        yield from past.news(dates)
    else:
        yield from past.dated(dates)


class _Past:
    """The signals up to ``now`` as one detector reads them."""

    def __init__(self, detector: Detector, signals: Table, now: datetime, settings: Settings) -> None:
        self._detector, self._signals, self._now, self._settings = detector, signals, now, settings

    def dated(self, dates: Sequence[date]) -> Iterator[Found]:
        """By the days that the detector tells itself."""
        wanted = {one.isoformat() for one in dates}
        for row in self._found(self._signals, self._now, {"days"}):
            yield from (_found_on(day, row) for day in row["days"] if day in wanted)

    def states(self, dates: Sequence[date]) -> Iterator[Found]:
        """What the detector says of each day at its end."""
        for end, rows in self._as_of(dates, set()):
            yield from (_found_on(end.date().isoformat(), row) for row in rows)

    def news(self, dates: Sequence[date]) -> Iterator[Found]:
        """Of that, the patterns with an occurrence that nobody could have told the day before."""
        before: Mapping[tuple[str, str | None], Mapping[str, Any]] = {}
        for end, rows in self._as_of([dates[0] - timedelta(days=1), *dates], {"count", "evidence"}):
            shown = {(row["pattern_key"], row["service"]): row for row in rows}
            if end.date() >= dates[0]:
                news = (row for pattern, row in shown.items() if _is_news(row, before.get(pattern)))
                yield from (_found_on(end.date().isoformat(), row) for row in news)
            before = shown

    def _as_of(self, dates: Sequence[date], told: Collection[str]) -> Iterator[Asked]:
        """The rows as of the end of each day; of many days in one query where the detector can."""
        from opsloop.metrics.moments import as_of_each
        from opsloop.metrics.relations import AS_OF, known

        signals = known(self._signals, self._now).cache()
        ends = [min(datetime.combine(one, time.max, UTC), self._now) for one in dates]
        if not self._detector.rule.at_once:
            yield from ((end, self._found(known(signals, end), end, told)) for end in ends)
            return
        for first in range(0, len(ends), AT_ONCE):
            asked = ends[first : first + AT_ONCE]
            rows = defaultdict(list)
            for row in self._found(as_of_each(signals, asked), asked[-1], {*told, AS_OF}):
                rows[row[AS_OF].replace(tzinfo=UTC)].append(row)
            yield from ((end, rows[end]) for end in asked)

    def _found(self, signals: Table, now: datetime, told: Collection[str]) -> list[dict[str, Any]]:
        found = self._detector.detect(signals, now=now, settings=self._settings)
        rows = found.select([name for name in found.columns if name in _WHERE or name in told])
        listed: list[dict[str, Any]] = rows.to_pyarrow().to_pylist()
        return listed


def _is_news(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is None or row["count"] > before["count"] or not set(row["evidence"]).issubset(before["evidence"])


def _found_on(day: str, row: Mapping[str, Any]) -> Found:
    service = row["service"]
    services = tuple(row.get("services") or ()) if service is None else (service,)
    return Found(day, row["pattern_key"], service, services)


def _reach(detector: Detector, settings: Settings) -> timedelta | None:
    """How far before its first day a replay has to read; None: from the beginning.

    A rule's ``reach_days`` suit its default thresholds. What a span in force is longer than its default counts twice,
    for one window may precede another. A state judged by SLIs reaches as far as the longest window of a declared SLO.
    """
    from opsloop.detectors import LONGEST_DAYS, thresholds

    if detector.rule.reach_days is None:
        return None
    limits = thresholds(detector.name, detector.defaults, settings)
    longer = (_in_days(name, limits[name]) - _in_days(name, usual) for name, usual in detector.defaults.items())
    needed = detector.rule.reach_days + 2 * sum(max(days, 0) for days in longer)
    if detector.rule.standing and "sli" in detector.rule.reads:
        needed = max([needed, *(slo.window_days + 1 for slo in settings.slo)])
    return timedelta(days=min(needed, LONGEST_DAYS))


def _in_days(name: str, value: Any) -> float:
    """The span of time that a threshold is; 0 for one that is none."""
    units = (value / in_a_day for ending, in_a_day in _A_DAY.items() if name.endswith(ending))
    return next(units, 0.0)
