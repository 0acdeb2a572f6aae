"""A pattern that people find before any alert does, twice or more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.incidents import first_told, of_pattern, patterned, story
from opsloop.detectors.windows import crowded
from opsloop.metrics.relations import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="incident_pattern",
    area="monitoring",
    priority="medium",
    definition="{min_incidents} or more incidents of one pattern and service within {window_days} days were found by "
    "people (detected_by: human).",
    summary="{title}: found by people {count:time}, by no alert",
    fixes={"missing_alert": "people found {count:incident} of this pattern"},
    trigger="incident",
    reads=frozenset({"incident"}),
    action="Add a monitoring rule on the first sign that people saw.",
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_incidents": 2, "window_days": 90.0}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every incident that people found, by its pattern; ``told_at`` is when somebody said so."""
    _settings = settings
    rows = patterned(signals, now=now)
    rows = rows.filter(rows.detected_by == "human")
    rows = rows.inner_join(first_told(known(signals, now), "detected_by", "human"), "fingerprint")
    return rows.mutate(pattern_key=of_pattern(rows, "unseen"), service=rows.service.fill_null(""))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an incident pattern and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    rows = crowded(rows, ("pattern_key", "service"), times=limits["min_incidents"], days=limits["window_days"])
    return gather(rows, priority=bumped(_.count(), RULE.priority, "high", at=3), **story(_))
