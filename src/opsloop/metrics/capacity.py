"""How full each resource is: how long above its threshold, and when nothing will be left."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.metrics import relations
from opsloop.metrics.forecast import mostly_rises, outlook
from opsloop.metrics.saturation import SERIES, THRESHOLDS, lasting, runs, samples, usable
from opsloop.metrics.scope import result, week_name
from opsloop.model import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

FORECAST_DAYS: Final = 28

DEFINITION: Final = (
    "Per resource (service, name, attrs.resource). sustained: runs of samples strictly above the threshold, from the"
    " first to the last of them, in the week of the first; a gap longer than twice the median interval of the samples"
    " ends a run; cpu runs count when strictly longer than 15 min, others always. exhaustion: days after --to until all"
    f" of it is used (ratio 1), from daily medians of the window and at least {FORECAST_DAYS} days: the range spans"
    " AutoETS with its 80% interval (where the forecast extra is installed) and the Theil-Sen slopes with their 95%"
    " interval; null unless that interval lies above 0 (growth says which), or beyond ten years. step_change: the level"
    " jumped and stayed; only the days since then are used."
)
"""What every figure means; printed with it."""


def compute(signals: Table, scope: Scope, thresholds: Mapping[str, float] | None = None) -> Row:
    """One group a resource (and week); ``thresholds`` (ratios by name) replace or add to the mission's."""
    limits = THRESHOLDS | dict(thresholds or {})
    chosen = signals if scope.service is None else signals.filter(signals.service == scope.service)
    seen = relations.known(chosen, scope.now)
    held = relations.fetch(lasting(runs(samples(relations.within(seen, "at", scope), limits), limits)))
    groups: list[Row] = []
    for part in scope.weeks() if scope.by == "week" else [scope]:
        label = {"week": week_name(part.start)} if scope.by == "week" else {}
        found = _resources(seen, part, limits, [run for run in held if part.start <= run["from_at"] < part.end])
        groups.extend(label | group for group in found or ([_NOTHING] if label else []))
    measured = relations.within(seen.filter((seen.kind == "sample") & seen.name.isin(sorted(limits))), "at", scope)
    unusable = Counter(
        {
            "from the future": relations.from_the_future(chosen, scope.now, "sample"),
            "value is no ratio between 0 and 1": relations.count(measured.filter(~usable(measured))),
        }
    )
    return result(DEFINITION, scope, groups, unusable)


def growing(signals: Table, scope: Scope) -> list[Row]:
    """What ``compute`` tells of the resources that grow significantly, and nothing of how full they ever were.

    The slope's interval can only lie above 0 where most pairs of days rise, which costs no library to see.
    """
    medians = _medians(relations.known(signals, scope.now), scope, THRESHOLDS)
    outlooks = [
        dict(zip(SERIES, series, strict=True)) | _ahead(days, scope)
        for series, days in medians.items()
        if mostly_rises(*_points(days, scope))
    ]
    return [told for told in outlooks if told["growth"] == "growing"]


def read_threshold(text: str) -> tuple[str, float]:
    """``cpu=0.85`` as a name and a ratio; raises BadInput."""
    name, _, ratio = text.partition("=")
    try:
        limit = float(ratio)
    except ValueError:
        limit = -1.0
    if not name or not 0 <= limit <= 1:
        msg = f"--threshold {text!r} is not of the form cpu=0.85, with a ratio between 0 and 1"
        raise BadInput(msg)
    return name, limit


def _resources(signals: Table, scope: Scope, limits: Mapping[str, float], held: list[Row]) -> list[Row]:
    """One row a resource; ``held`` are the runs that began in the window."""
    runs_of = _by_series(held, "from_at")
    return [
        _group(series, runs_of[series], days, scope, limits[series[1]])
        for series, days in _medians(signals, scope, limits).items()
    ]


def _medians(signals: Table, scope: Scope, limits: Mapping[str, float]) -> dict[tuple[Any, ...], list[Row]]:
    """The daily medians of each resource that was measured in the window."""
    lookback = min(scope.start, scope.end - timedelta(days=FORECAST_DAYS))
    recent = signals.filter((signals.at >= relations.moment(lookback)) & (signals.at < relations.moment(scope.end)))
    daily = samples(recent, limits)
    daily = daily.group_by(*SERIES, day=daily.at.truncate("D")).agg(
        level=daily.value.median(), inside=(daily.at >= relations.moment(scope.start)).any()
    )
    medians = _by_series(relations.fetch(daily), "day")
    ordered = sorted(medians.items(), key=lambda item: tuple(str(part) for part in item[0]))
    return {series: days for series, days in ordered if any(day["inside"] for day in days)}


def _group(series: tuple[Any, ...], held: list[Row], days: list[Row], scope: Scope, threshold: float) -> Row:
    sustained = [
        {"from": format_time(run["from_at"]), "to": format_time(run["to_at"]), "max": run["max"]} for run in held
    ]
    told = {"threshold": threshold, "sustained": sustained}
    return dict(zip(SERIES, series, strict=True)) | told | _ahead(days, scope)


def _ahead(days: list[Row], scope: Scope) -> Row:
    ahead = outlook(*_points(days, scope))
    return {
        "exhaustion": asdict(ahead.exhaustion) if ahead.exhaustion else None,
        "growth": ahead.growth,
        "slope_per_day": ahead.slope_per_day,
        "slope_low": ahead.slope_low,
        "slope_high": ahead.slope_high,
        "methods": list(ahead.methods),
        "step_change": ahead.step_change,
    }


_AHEAD: Final = ("exhaustion", "growth", "slope_per_day", "slope_low", "slope_high", "methods", "step_change")
_NOTHING: Final[Row] = dict.fromkeys((*SERIES, "threshold", "sustained", *_AHEAD))


def _points(days: list[Row], scope: Scope) -> tuple[list[float], list[float]]:
    return [_middle(day["day"], scope) for day in days], [day["level"] for day in days]


def _middle(day: Any, scope: Scope) -> float:
    """The middle of a day, of the last one as far as the window reaches, in days after the window's end."""
    last = min(day + timedelta(days=1), scope.end)
    ahead: timedelta = day + (last - day) / 2 - scope.end
    return ahead / timedelta(days=1)


def _by_series(rows: Iterable[Row], order: str) -> defaultdict[tuple[Any, ...], list[Row]]:
    series: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row[order]):
        series[tuple(row[column] for column in SERIES)].append(row)
    return series
