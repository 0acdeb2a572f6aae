"""``backtest``: what these thresholds would have found, day by day."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsloop.errors import BadInput
from opsloop.progress import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsloop.config import Settings
    from opsloop.detectors import Detector
    from opsloop.signals.table import Table
    from opsloop.verbs.workspace import Workspace

LAST_MOMENT = timedelta(microseconds=1)
AT_ONCE = 31
"""How many days one query judges: each signal stands in it once a day, so this bounds its size."""
MOST_DAYS: Final = 3_650
"""No replay is longer: nobody reads ten years day by day."""
_A_DAY: Final = {"_days": 1, "_hours": 24, "_minutes": 24 * 60}
"""How thresholds that are spans of time end, and how many of their unit are a day."""


class _Found(NamedTuple):
    """What a day's findings show: a pattern, and whose it is; ``services`` has more than one of what spans them."""

    day: str
    pattern_key: str
    service: str | None
    services: tuple[str, ...]


def backtest(
    ws: Workspace, *, detector: str | None = None, assignments: Sequence[str] = (), days: int = 90
) -> dict[str, Any]:
    """Replay detectors over the ``days`` UTC days that end with today; writes nothing.

    ``assignments`` (``threshold=value`` with ``detector``, else ``detector.threshold=value``) try other thresholds.
    Raises NotFound and BadInput for a detector or threshold that does not exist.
    """
    from opsloop.detectors import load, names
    from opsloop.signals.table import open_table
    from opsloop.verbs.detect import with_slos

    if days < 1:
        msg = f"--days {days}: at least one day is needed"
        raise BadInput(msg)
    if days > MOST_DAYS:
        msg = f"--days {days}: at most {MOST_DAYS} days can be replayed"
        raise BadInput(msg)
    tried = [load(detector)] if detector else [load(name) for name in names()]
    settings = _with(with_slos(ws), assignments, tried[0].name if detector else None)
    table = open_table(ws.store, settings.engine)
    dates = [(ws.now - timedelta(days=back)).astimezone(UTC).date() for back in range(days - 1, -1, -1)]
    results = [
        _result(each, _replay(each, table, dates, ws.now, settings), settings)
        for each in steps(tried, lambda one: one.name)
    ]
    return {"from": dates[0].isoformat(), "to": dates[-1].isoformat(), "days": days, "results": results}


def _replay(
    detector: Detector, signals: Table, dates: Sequence[Any], now: datetime, settings: Settings
) -> Iterator[_Found]:
    """Each day's findings. Nothing after a day's end is looked at.

    Most detectors date what they find by the moment it could be known, so one pass tells all days; a standing one is
    asked as of the end of each day, of many days at once where it can.
    """
    from opsloop.metrics.moments import as_of_each
    from opsloop.metrics.relations import moment

    signals = signals.filter(signals.kind.isin(sorted(detector.rule.reads)))
    reach = _reach(detector, settings)
    if reach is not None:
        signals = signals.filter(signals.at >= datetime.combine(dates[0], time()) - reach)
    wanted = {date.isoformat() for date in dates}
    if not detector.rule.standing:
        for row in _found(detector, signals, now, settings):
            yield from (one for one in _by_day(row) if one.day in wanted)
        return
    signals = signals.cache()
    ends = [min(datetime.combine(date, time(), UTC) + timedelta(days=1) - LAST_MOMENT, now) for date in dates]
    length = AT_ONCE if detector.rule.at_once else 1
    for first in range(0, len(ends), length):
        asked = ends[first : first + length]
        past = as_of_each(signals, asked) if detector.rule.at_once else signals.filter(signals.at <= moment(asked[0]))
        for row in _found(detector, past, asked[-1], settings):
            yield from _by_day(row)


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


def _by_day(row: Mapping[str, Any]) -> Iterator[_Found]:
    service = row["service"]
    services = tuple(row.get("services") or ()) if service is None else (service,)
    return (_Found(day, row["pattern_key"], service, services) for day in row["days"])


def _found(detector: Detector, signals: Table, now: datetime, settings: Settings) -> list[dict[str, Any]]:
    found = detector.detect(signals, now=now, settings=settings)
    named = [name for name in ("pattern_key", "service", "services", "days") if name in found.columns]
    rows: list[dict[str, Any]] = found.select(named).to_pyarrow().to_pylist()
    return rows


def _result(detector: Detector, found: Iterable[_Found], settings: Settings) -> dict[str, Any]:
    from opsloop.detectors import thresholds

    patterns: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    places: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    shown: set[tuple[str, str, str]] = set()
    for one in found:
        patterns[one.pattern_key, one.service].add(one.day)
        places[one.pattern_key, one.service].update(one.services)
        shown.update((one.pattern_key, one.day, service) for service in one.services)
    by_day = Counter(day for days in patterns.values() for day in days)
    services = Counter(service for _, _, service in shown)
    limits = thresholds(detector.name, detector.defaults, settings)
    return {
        "detector": detector.name,
        "thresholds": {name: value for name, value in limits.items() if name != "enabled"},
        "enabled": limits["enabled"],
        "findings": len(patterns),
        "days": len(by_day),
        "by_day": dict(sorted(by_day.items())),
        "services": [name for name, _ in sorted(services.items(), key=lambda item: (-item[1], item[0]))],
        "patterns": [
            {
                "pattern_key": key,
                "service": service,
                "services": sorted(places[key, service]),
                "days": len(days),
                "first": min(days),
                "last": max(days),
            }
            for (key, service), days in sorted(patterns.items(), key=lambda item: (-len(item[1]), str(item[0])))
        ],
    }


def _with(settings: Settings, assignments: Sequence[str], detector: str | None) -> Settings:
    written: dict[str, Mapping[str, Any]] = {name.replace("-", "_"): own for name, own in settings.detectors.items()}
    for assignment in assignments:
        place, equals, text = assignment.partition("=")
        name, _, key = place.strip().rpartition(".")
        name = name.replace("-", "_") or detector or ""
        if not (equals and key and name):
            form = "K=V" if detector else "DETECTOR.K=V, or K=V with --detector"
            msg = f"--set {assignment!r} is not of the form {form}"
            raise BadInput(msg)
        written[name] = {**written.get(name, {}), key: _value(text.strip())}
    settings = replace(settings, detectors=written)
    from opsloop.detectors import chosen

    chosen(settings)
    return settings


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
