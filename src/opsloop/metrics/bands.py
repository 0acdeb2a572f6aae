"""DORA's performance bands as dated profiles.

Bands are clusters that a yearly survey finds, so they differ from year to year and a band means nothing without its
profile. A profile lists, for each metric, upper limits in ascending order with the band up to there; what lies beyond
the last limit is ``low``. Gaps that a survey leaves between two bands go to the lower of the two, and a band that
two levels share to the higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
YEAR: Final = 365 * DAY
MONTH: Final = YEAR / 12
HALF_YEAR: Final = YEAR / 2
"""730 and 6 * 730 hours, as in DORA's Four Keys: whoever deploys twelve times or twice in a year is still in the band
that ends at monthly or at twice a year.
"""
ON_DEMAND: Final = math.nextafter(DAY, 0)
"""More often than daily, on average."""

Limits = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One survey's bands. Lead and recovery times (seconds) lie below their limit, the others reach up to it.

    ``deployment_interval_s`` is the mean time between deployments; ``change_fail_rate`` a fraction.
    """

    source: str
    deployment_interval_s: Limits
    lead_time_s: Limits
    change_fail_rate: Limits
    recovery_time_s: Limits


PROFILES: Final = {
    "mission": Profile(
        source="the classic four bands, as the mission's table has them",
        deployment_interval_s=((ON_DEMAND, "elite"), (MONTH, "high"), (HALF_YEAR, "medium")),
        lead_time_s=((HOUR, "elite"), (WEEK, "high"), (MONTH, "medium")),
        change_fail_rate=((0.15, "elite"), (0.30, "high"), (0.45, "medium")),
        recovery_time_s=((HOUR, "elite"), (DAY, "high"), (WEEK, "medium")),
    ),
    "2024": Profile(
        source="Accelerate State of DevOps Report 2024 (change fail rates 5, 20, 10, 40%: medium fails less than high)",
        deployment_interval_s=((ON_DEMAND, "elite"), (WEEK, "high"), (MONTH, "medium")),
        lead_time_s=((DAY, "elite"), (WEEK, "high"), (MONTH, "medium")),
        change_fail_rate=((0.05, "elite"), (0.10, "medium"), (0.20, "high")),
        recovery_time_s=((HOUR, "elite"), (DAY, "high")),
    ),
}


def bands(
    profile: str,
    *,
    deployment_interval_s: float | None,
    lead_time_s: float | None,
    change_fail_rate: float | None,
    recovery_time_s: float | None,
) -> dict[str, str | None]:
    """Each metric's band by the named profile; None where there is no figure. Durations are medians, in seconds."""
    limits = PROFILES[profile]
    return {
        "profile": profile,
        "deployment_frequency": _up_to(limits.deployment_interval_s, deployment_interval_s),
        "lead_time": _below(limits.lead_time_s, lead_time_s),
        "change_fail_rate": _up_to(limits.change_fail_rate, change_fail_rate),
        "recovery_time": _below(limits.recovery_time_s, recovery_time_s),
    }


def _below(limits: Limits, value: float | None) -> str | None:
    if value is None:
        return None
    return next((band for limit, band in limits if value < limit), "low")


def _up_to(limits: Limits, value: float | None) -> str | None:
    if value is None:
        return None
    return next((band for limit, band in limits if value <= limit), "low")
