"""Summaries of durations, which are skewed: the median with an exact interval, the 90th percentile, how many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE: Final = 0.95
FEWEST_FOR_INTERVAL: Final = 6
"""Below six values not even the whole range covers the median with 95% confidence."""


def quantile(values: Sequence[float], share: float) -> float | None:
    """Linear interpolation between order statistics (Hyndman and Fan's type 7); None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the middle two."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The exact 95% interval of the median from order statistics; (None, None) below six values.

    The k-th smallest and k-th largest value enclose the median with probability 1 - 2 P(B < k) for B binomial
    (n, 1/2); k is the greatest that keeps 95% (Hahn and Meeker, Statistical Intervals, section 5.2).
    """
    n = len(values)
    if n < FEWEST_FOR_INTERVAL:
        return None, None
    from scipy.stats import binom

    k = int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    ordered = sorted(values)
    return ordered[k - 1], ordered[n - k]


def summary(values: Sequence[float]) -> dict[str, float | None]:
    """``n median p90``; the statistics of no values are None."""
    return {"n": len(values), "median": median(values), "p90": quantile(values, 0.9)}


def full_summary(values: Sequence[float]) -> dict[str, float | None]:
    """``n median ci_low ci_high p90 mean``: the mean never comes alone, for a single long incident moves it."""
    low, high = median_interval(values)
    mean = math.fsum(values) / len(values) if values else None
    return {
        "n": len(values),
        "median": median(values),
        "ci_low": low,
        "ci_high": high,
        "p90": quantile(values, 0.9),
        "mean": mean,
    }
