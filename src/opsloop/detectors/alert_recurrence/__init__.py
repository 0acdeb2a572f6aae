"""The same alert, three times or more in a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.counted import episodes, gather_days, patterned_days, recurring
from opsloop.detectors.finding import bumped
from opsloop.metrics.relations import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="incident_pattern",
    area="incident_management",
    priority="medium",
    severity="P3",
    definition="{min_episodes} or more episodes of one monitor of one service within {window_days} days (inclusive). "
    "An episode lasts from the first firing to the resolve; notifications repeated in between count once.",
    summary="{monitor} on {service} fired {count} times",
    fixes={
        "missing_runbook": "{count:episode}, {acknowledged:acknowledgement}, and it came back each time",
    },
    trigger="alert",
    reads=frozenset({"alert"}),
    reach_days=8,
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_episodes": 3, "window_days": 7.0, "raise_priority_at_episodes": 6}
_PREFIX: Final = f"{RULE.category}."


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode of every monitor."""
    _settings = settings
    return episodes(known(signals, now), _PREFIX)


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service; ``count`` is its episodes in crowded weeks."""
    limits = thresholds(__name__, DEFAULTS, settings)
    seen = known(signals, now)
    all_days = patterned_days(seen, _PREFIX)
    days, single = recurring(seen, all_days, times=limits["min_episodes"], within_days=limits["window_days"])
    raised = bumped(_.n.sum(), RULE.priority, "high", at=limits["raise_priority_at_episodes"])
    return gather_days(days, single, seen, priority=raised)
