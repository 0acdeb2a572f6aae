"""How often promotions that did nothing are called improved, and how often real ones are, by simulation.

A check rests on [promotion, look) against up to 180 days before the window that triggered the promotion, exactly as
the verb does it. At most 5% of 2,000 promotions without effect may be called improved.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from opsloop.verify import DAY, Window, decide, dispersion, planned_look
from opsloop.verify.plan import BASELINE_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    Times = Callable[[np.random.Generator, float, float], np.ndarray]

START = datetime(2026, 1, 1, tzinfo=UTC)
PROMOTIONS = 2_000


def independent(rng: np.random.Generator, per_day: float, days: float) -> np.ndarray:
    return rng.uniform(0, days, rng.poisson(per_day * days))


def clustered(rng: np.random.Generator, per_day: float, days: float) -> np.ndarray:
    """Bursts of three on average, each member half a day after the burst began, on average."""
    begins = rng.uniform(-5, days, rng.poisson(per_day / 3 * (days + 5)))
    times = [begin + rng.exponential(0.5, rng.geometric(1 / 3)) for begin in begins]
    every = np.concatenate(times) if times else np.empty(0)
    return every[(every >= 0) & (every < days)]


def weekly_moods(rng: np.random.Generator, per_day: float, days: float) -> np.ndarray:
    """Good weeks and bad weeks: the rate of each is drawn anew (negative binomial counts)."""
    weeks = np.arange(0, days, 7)
    rates = per_day * rng.gamma(1.5, 1 / 1.5, weeks.size)
    every = np.concatenate(
        [week + rng.uniform(0, 7, rng.poisson(7 * rate)) for week, rate in zip(weeks, rates, strict=True)]
    )
    return every[every < days]


def window(offset: float, days: float, times: np.ndarray) -> Window:
    start = START + offset * DAY
    moments = tuple(start + float(time) * DAY for time in np.sort(times))
    return Window(start=start, end=start + days * DAY, times=moments)


def decision(rng: np.random.Generator, times: Times, per_day: float, effect: float) -> str:
    before = window(0, BASELINE_DAYS, times(rng, per_day, BASELINE_DAYS))
    look = planned_look(before.end, before.exposure, dispersion=dispersion(before))
    days = (look - before.end) / DAY
    return decide("x", before, window(BASELINE_DAYS, days, times(rng, per_day * effect, days))).decision


@pytest.mark.slow
@pytest.mark.parametrize("times", [independent, clustered, weekly_moods])
@pytest.mark.parametrize("per_day", [10 / 180, 60 / 180])
def test_promotions_without_effect_are_rarely_called_improved(times: Times, per_day: float) -> None:
    rng = np.random.default_rng(20260101)
    improved = sum(decision(rng, times, per_day, 1.0) == "improved" for _ in range(PROMOTIONS))
    assert improved <= 0.05 * PROMOTIONS


@pytest.mark.slow
def test_a_true_cut_by_70_percent_is_seen() -> None:
    rng = np.random.default_rng(20260102)
    improved = sum(decision(rng, exactly_60_before, 60 / 180, 0.3) == "improved" for _ in range(PROMOTIONS))
    assert improved >= 0.9 * PROMOTIONS


def exactly_60_before(rng: np.random.Generator, per_day: float, days: float) -> np.ndarray:
    return rng.uniform(0, days, 60) if days == BASELINE_DAYS else independent(rng, per_day, days)


@pytest.mark.slow
def test_services_promoted_because_they_had_a_bad_month_do_not_improve_by_themselves() -> None:
    """The month that triggered (5 or more where 2 are usual) counts nowhere; with it as baseline many would 'improve'."""
    rng = np.random.default_rng(20260103)
    improved = naive = chosen = 0
    while chosen < PROMOTIONS:
        trigger = independent(rng, 2 / 30, 30)
        if trigger.size < 5:
            continue
        chosen += 1
        before = window(0, BASELINE_DAYS, independent(rng, 2 / 30, BASELINE_DAYS))
        days = (planned_look(before.end, before.exposure) - before.end) / DAY
        after = window(BASELINE_DAYS + 30, days, independent(rng, 2 / 30, days))
        improved += decide("x", before, after).decision == "improved"
        naive += decide("x", window(BASELINE_DAYS, 30, trigger), after).decision == "improved"
    assert improved <= 0.05 * PROMOTIONS < naive
