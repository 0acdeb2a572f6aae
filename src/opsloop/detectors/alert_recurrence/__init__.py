"""The same alert, three times or more in a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.openings import openings, with_monitor
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.detectors.windows import crowded_days
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
        "missing_runbook": "{count} episodes, {acknowledged} acknowledgements, and it came back each time",
    },
    trigger="alert",
    reads=frozenset({"alert"}),
    reach_days=8,
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_episodes": 3, "window_days": 7.0, "raise_priority_at_episodes": 6}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode of every monitor."""
    _settings = settings
    rows = openings(known(signals, now))
    rows = with_slug(rows.mutate(service=rows.service.fill_null("")), "name", name="slug")
    return rows.mutate(pattern_key=pattern_key(RULE.category, rows.slug))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service; ``count`` is its episodes in crowded weeks."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    rows = rows.select("id", "at", "name", "service", "severity", "pattern_key").cache()
    times, days = limits["min_episodes"], limits["window_days"]
    rows = crowded_days(rows, ("pattern_key", "service"), times=times, days=days)
    found = gather(
        rows,
        many=True,
        severity=_.severity.min(),
        priority=bumped(_.count(), RULE.priority, "high", at=limits["raise_priority_at_episodes"]),
        monitor=_.name.max(),
    )
    return with_monitor(found, known(signals, now))
