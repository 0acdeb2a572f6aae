"""A monitor that fires more than fifty times a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.counted import episodes, gather_days, on_days, patterned_days
from opsloop.detectors.finding import bumped
from opsloop.metrics.relations import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="toil_accumulation",
    area="monitoring",
    priority="medium",
    definition="More than {max_episodes_per_day} episodes of one monitor of one service in one UTC day. An episode "
    "lasts from the first firing to the resolve; notifications repeated in between count once.",
    summary="{monitor} on {service} fires up to {per_day_max} times a day: too noisy to be read",
    fixes={"slo_threshold": "{count:episode} on {noisy_days:noisy day}, {acknowledged:acknowledgement} at any time"},
    trigger="monitoring",
    reads=frozenset({"alert"}),
    action="Raise the threshold or lengthen the time before it fires, group what fires together, or delete it.",
    reach_days=2,
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_episodes_per_day": 50, "raise_priority_at_days": 3}
_PREFIX: Final = f"{RULE.category}.noisy-"


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode of every monitor, as a noise pattern."""
    _settings = settings
    return episodes(known(signals, now), _PREFIX)


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service; ``count`` is its episodes on noisy days."""
    limit = thresholds(__name__, DEFAULTS, settings)
    seen = known(signals, now)
    days = patterned_days(seen, _PREFIX)
    days = days.filter(days.n > limit["max_episodes_per_day"]).mutate(known_on=days.on_day)
    return gather_days(
        days,
        on_days(seen, days),
        seen,
        priority=bumped(_.on_day.nunique(), RULE.priority, "high", at=limit["raise_priority_at_days"]),
        per_day_max=_.n.max(),
        noisy_days=_.on_day.nunique(),
    )
