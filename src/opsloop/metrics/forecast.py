"""When a growing resource will be full: a range in days, or the reason why there is none.

Two methods on daily medians: the Theil-Sen slope with its 95% interval, which decides whether there is growth at all,
and AutoETS with its 80% interval, which follows a changing trend more closely. The range spans both. A jump of the
level is no trend: only the days after it are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations, pairwise
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal

from opsloop.metrics.durations import median

if TYPE_CHECKING:
    from collections.abc import Sequence

FULL: Final = 1.0
"""A ratio resource is exhausted when all of it is used."""

FEWEST_DAYS: Final = 7
HORIZON_STEPS: Final = 1000
"""How far AutoETS looks ahead, in days, or steps nearly as long."""

FARTHEST_DAYS: Final = 3650
"""What lies further ahead than ten years is not worth a date."""

STEP_AT_LEAST: Final = 0.05
STEP_DEVIATIONS: Final = 6.0
"""A rise is a jump when it differs from what is usual in that time by more than both: a ratio, robust deviations."""

STEP_SIDES: Final = (5, 7)
"""A jump has to last: at least 5 and up to 7 days on either side are compared, so that weekends are no jumps."""

_TO_SIGMA: Final = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""

Growth = Literal["not enough data", "no significant growth", "shrinking", "growing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhaustion:
    """Days after the window's end until nothing is left."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a series of daily medians says; ``exhaustion`` only where it is ``growing``, and soon enough."""

    growth: Growth
    step_change: bool
    slope_per_day: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    methods: tuple[str, ...] = ()
    exhaustion: Exhaustion | None = None


def outlook(days: Sequence[float], levels: Sequence[float]) -> Outlook:
    """Look ahead from day 0, the window's end; ``days`` (ascending, negative) are when the ``levels`` were."""
    step = step_change(days, levels)
    if step is not None:
        days, levels = days[step:], levels[step:]
    if len(levels) < FEWEST_DAYS:
        return Outlook(growth="not enough data", step_change=step is not None)
    from scipy.stats import theilslopes

    slope, _, low, high = (float(figure) for figure in theilslopes(levels, days, alpha=0.95))
    growth: Growth = "growing" if low > 0 else "shrinking" if high < 0 else "no significant growth"
    methods: tuple[str, ...] = ("theil_sen",)
    exhaustion = None
    if growth == "growing":
        exhaustion = _along_slopes(days, levels, (low, slope, high))
        if by_ets := _along_ets(days, levels):
            methods += ("auto_ets",)
            exhaustion = Exhaustion(
                low=min(exhaustion.low, by_ets.low),
                median=by_ets.median,
                high=max(exhaustion.high, by_ets.high),
            )
    return Outlook(
        growth=growth,
        step_change=step is not None,
        slope_per_day=slope,
        slope_low=low,
        slope_high=high,
        methods=methods,
        exhaustion=exhaustion if exhaustion and exhaustion.median <= FARTHEST_DAYS else None,
    )


def mostly_rises(days: Sequence[float], levels: Sequence[float]) -> bool:
    """Whether the days since the last jump rise more often than not, each compared with each.

    The interval of Theil-Sen's slope can lie above 0 only where they do: its lower end is below the middle slope.
    """
    later = levels[step_change(days, levels) or 0 :]
    rises = [after > before for before, after in combinations(later, 2)]
    return sum(rises) * 2 > len(rises)


def step_change(days: Sequence[float], levels: Sequence[float]) -> int | None:
    """The index of the first day after the latest lasting jump; None where the level never jumped.

    What the level would have risen anyway, over days without samples too, is no jump. Where it wanders, it does so with
    the square root of time.
    """
    if len(levels) <= 2 * STEP_SIDES[0]:
        return None
    gaps = [after - before for before, after in pairwise(days)]
    rises = [after - before for before, after in pairwise(levels)]
    usual = median([rise / gap for rise, gap in zip(rises, gaps, strict=True)]) or 0.0
    odd = [rise - usual * gap for rise, gap in zip(rises, gaps, strict=True)]
    spread = (median([abs(one) / sqrt(gap) for one, gap in zip(odd, gaps, strict=True)]) or 0.0) * _TO_SIGMA
    jumps = [
        first
        for first, (one, gap) in enumerate(zip(odd, gaps, strict=True), start=1)
        if abs(one) > max(STEP_AT_LEAST, STEP_DEVIATIONS * spread * sqrt(gap))
    ]
    level = [level - usual * day for day, level in zip(days, levels, strict=True)]
    return next((first for first in reversed(jumps) if _lasts(level, first, odd[first - 1])), None)


def _lasts(levels: Sequence[float], first: int, jump: float) -> bool:
    """Whether the levels, freed of their trend, stay where the jump took them, by half of it at least."""
    fewest, most = STEP_SIDES
    before, after = levels[max(0, first - most) : first], levels[first : first + most]
    if min(len(before), len(after)) < fewest:
        return False
    return ((median(after) or 0.0) - (median(before) or 0.0)) / jump >= 1 / 2


def _along_slopes(days: Sequence[float], levels: Sequence[float], slopes: tuple[float, float, float]) -> Exhaustion:
    """Straight on from the median day and level, with each (positive) slope: low, middle, high."""
    day, level = median(days) or 0.0, median(levels) or 0.0
    slow, middle, fast = (max(0.0, day + (FULL - level) / slope) for slope in slopes)
    return Exhaustion(low=fast, median=middle, high=slow)


def _along_ets(days: Sequence[float], levels: Sequence[float]) -> Exhaustion | None:
    """AutoETS's mean and 80% paths; None where its mean is not full within the horizon, or it is not installed.

    It wants even steps; they are a little shorter than days where the last day has just begun.
    """
    if not find_spec("statsforecast"):
        return None
    import numpy as np
    from statsforecast.models import AutoETS

    grid, step = np.linspace(days[0], days[-1], round(days[-1] - days[0]) + 1, retstep=True)
    even = np.interp(grid, days, levels)
    with np.errstate(invalid="ignore", divide="ignore"):  # a series without noise has no width
        paths = AutoETS(season_length=1).forecast(y=even, h=HORIZON_STEPS, level=[80])
    steps = {name: _first_full(levels[-1], paths[name]) for name in ("mean", "lo-80", "hi-80")}
    reached = {name: None if count is None else max(0.0, days[-1] + count * step) for name, count in steps.items()}
    middle = reached["mean"]
    if middle is None:
        return None
    soon, late = reached["hi-80"], reached["lo-80"]
    return Exhaustion(low=middle if soon is None else soon, median=middle, high=middle if late is None else late)


def _first_full(level: float, path: Sequence[float]) -> float | None:
    """Steps after the last day at which a path from there on first reaches FULL, between steps linearly."""
    for ahead, following in enumerate(path):
        if following >= FULL:
            part = (FULL - level) / (following - level) if following > level else 0.0
            return ahead + part
        level = following
    return None
