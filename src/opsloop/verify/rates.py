"""Counts before and after: the exact conditional test, its power, and what a fall saves.

Given n = before + after occurrences, the number after is binomial with share
s = ratio * days_after / (days_before + ratio * days_after) (Przyborowski and Wilenski 1940), so the Clopper-Pearson
interval of s is an exact interval of the rate ratio. Where occurrences come in clusters, they carry less information
than their number: counts are divided by the dispersion (quasi-likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opsloop.model import Exposure

CONFIDENCE: Final = 0.95
POWER: Final = 0.80
HORIZON_DAYS: Final = 3650
"""A halving that ten more years would not show is said to be unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Rate after / rate before with its interval; an infinite or undefined number is None. ``p_fell``: P(rate fell)."""

    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    p_fell: float | None


def rate_ratio(
    before: Exposure, after: Exposure, *, confidence: float = CONFIDENCE, dispersion: float = 1.0
) -> RateRatio:
    """Compare two rates exactly. ``dispersion`` > 1 widens: it divides the counts that interval and p rest on.

    P(fell) is Bayesian: Gamma-Poisson with Jeffreys' prior for both rates.
    """
    from scipy.special import betainc
    from scipy.stats import beta, binomtest

    if before.days <= 0 or after.days <= 0:
        return RateRatio(ratio=None, ci_low=None, ci_high=None, p_value=None, p_fell=None)
    share = after.days / (before.days + after.days)
    first, second = before.count / dispersion, after.count / dispersion
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, second, first + 1)) if second else 0.0
    high = float(beta.ppf(1 - tail, second + 1, first)) if first else 1.0
    whole = (
        (round(second), round(first) + round(second)) if dispersion > 1 else (after.count, before.count + after.count)
    )
    odds = before.days / after.days
    return RateRatio(
        ratio=after.count / before.count * odds if before.count else None,
        ci_low=low / (1 - low) * odds if before.count + after.count and low < 1 else None,
        ci_high=high / (1 - high) * odds if high < 1 else None,
        p_value=float(binomtest(*whole, share).pvalue) if whole[1] else None,
        p_fell=float(betainc(second + 0.5, first + 0.5, share)),
    )


def power_of_halving(
    before: Exposure, days_after: float, *, confidence: float = CONFIDENCE, dispersion: float = 1.0
) -> float:
    """How likely the exact test would show a true halving of the rate before, over ``days_after`` days (0..1)."""
    import numpy as np
    from scipy.stats import binom, poisson

    if before.count == 0 or before.days <= 0 or days_after <= 0:
        return 0.0
    expected = before.count / dispersion
    halved = expected / before.days / 2 * days_after
    unchanged_share = days_after / (before.days + days_after)
    halved_share = halved / (expected + halved)
    mean = expected + halved
    totals = np.arange(int(poisson.ppf(1e-9, mean)), int(poisson.isf(1e-9, mean)) + 2)
    tail = (1 - confidence) / 2
    critical = binom.ppf(tail, totals, unchanged_share)
    critical = np.where(binom.cdf(critical, totals, unchanged_share) >= tail, critical - 1, critical)
    shown = binom.cdf(critical, totals, halved_share)
    return float(np.sum(poisson.pmf(totals, mean) * shown))


@cache
def days_to_show_halving(
    before: Exposure, *, confidence: float = CONFIDENCE, dispersion: float = 1.0, power: float = POWER
) -> int | None:
    """Whole days after the change until a true halving is shown with ``power``; None when ten years do not suffice."""

    def enough(days: int) -> bool:
        return power_of_halving(before, days, confidence=confidence, dispersion=dispersion) >= power

    if not enough(HORIZON_DAYS):
        return None
    low, high = 0, HORIZON_DAYS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def saved_per_day(
    before: Exposure, after: Exposure, *, cost_before: float, cost_after: float, dispersion: float = 1.0
) -> tuple[float, float, float] | None:
    """What a fall of the rate saves a day (hours, if costs are hours each): estimate, low, high; None without exposure.

    The interval joins the exact Poisson limits of both rates (MOVER: Donner and Zou 2012); costs count as known.
    """
    if before.days <= 0 or after.days <= 0:
        return None
    first, first_low, first_high = (limit * cost_before / before.days for limit in _poisson(before.count, dispersion))
    second, second_low, second_high = (limit * cost_after / after.days for limit in _poisson(after.count, dispersion))
    saved = first - second
    below = ((first - first_low) ** 2 + (second_high - second) ** 2) ** 0.5
    above = ((first_high - first) ** 2 + (second - second_low) ** 2) ** 0.5
    return saved, saved - below, saved + above


def _poisson(count: int, dispersion: float) -> tuple[float, float, float]:
    """A count with the exact 95% limits of its mean (Garwood 1936)."""
    from scipy.stats import chi2

    events, tail = count / dispersion, (1 - CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.isf(tail, 2 * events + 2)) / 2
    return float(count), low * dispersion, high * dispersion
