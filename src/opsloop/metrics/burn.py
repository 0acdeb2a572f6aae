"""Error budgets and how fast they burn: the arithmetic alone, in exact fractions until the end.

Source: The Site Reliability Workbook, chapter 5, "Alerting on SLOs", multiwindow multi-burn-rate alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final, Literal

Policy = Literal["healthy", "low", "exhausted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnWindow:
    """An alert on spending ``budget_share`` of the budget within ``long``; ``short`` lets it end soon afterwards."""

    long: str
    short: str
    budget_share: Fraction

    def factor(self, window_days: int) -> Fraction:
        """The burn rate that spends the share: 14.4 for 2% of 30 days in one hour, 13.44 of 28 days."""
        return self.budget_share * Fraction(timedelta(days=window_days) / span(self.long))


WINDOWS: Final = (
    BurnWindow(long="1h", short="5m", budget_share=Fraction(2, 100)),
    BurnWindow(long="6h", short="30m", budget_share=Fraction(5, 100)),
    BurnWindow(long="1d", short="2h", budget_share=Fraction(10, 100)),
    BurnWindow(long="3d", short="6h", budget_share=Fraction(10, 100)),
)

_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def span(name: str) -> timedelta:
    """A window's name, such as 30m or 6h, as a duration."""
    return int(name[:-1]) * _UNITS[name[-1]]


def budget(objective: float) -> Fraction:
    """The share of events that may fail; 0.999 leaves exactly 1/1000, as written and not as a float stores it."""
    return 1 - Fraction(repr(objective))


def budget_minutes(objective: float, window_days: int) -> float:
    """Full outage that the budget pays for: 43.2 minutes for 99.9% over 30 days."""
    return float(budget(objective) * window_days * 24 * 60)


def burn_rate(good: float, total: float, objective: float) -> Fraction | None:
    """Error rate / budget: 1 spends the budget exactly by the end of the window; None without events.

    Over the whole window this is the fraction of the budget that is consumed.
    """
    if not total:
        return None
    return (Fraction(total) - Fraction(good)) / Fraction(total) / budget(objective)


def can_fire(factor: Fraction, objective: float) -> bool:
    """Whether the error rate that the alert waits for can be exceeded: not when it is 100% or more."""
    return factor * budget(objective) < 1


def is_low_traffic(factor: Fraction, objective: float, total: float) -> bool:
    """Whether a single failure in a window with so many events already exceeds the factor."""
    return Fraction(total) * factor * budget(objective) < 1


def burning(long: Fraction | None, short: Fraction | None, factor: Fraction) -> bool | None:
    """Both windows exceed the factor; None while that depends on a window without events."""
    exceeds = [None if rate is None else rate > factor for rate in (long, short)]
    return False if False in exceeds else None if None in exceeds else True


def policy(consumed: Fraction, low_share: float) -> Policy:
    """The mission's error-budget policy: healthy, low (under ``low_share`` left) or exhausted (nothing left)."""
    left = 1 - consumed
    return "exhausted" if left <= 0 else "low" if left < Fraction(repr(low_share)) else "healthy"
