"""An incident that is still open though nothing has happened for days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.incidents import of_pattern, patterned, story
from opsloop.detectors.windows import seconds_between
from opsloop.metrics.moments import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="process_bottleneck",
    area="incident_management",
    priority="medium",
    severity="P4",
    definition="An incident is open and nothing was heard of it for more than {max_silent_days} days.",
    summary="{title}: open, and silent for {silent_s}",
    fixes={"missing_runbook": "{count:incident} stayed open without a sign of activity for up to {silent_s}"},
    trigger="monitoring",
    reads=frozenset({"incident"}),
    action="Close it, or name who works on it and what is missing.",
    standing=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_silent_days": 7.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an incident pattern and service: what is stale as of ``now``."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    rows = rows.mutate(silent_s=seconds_between(instant(rows, now), rows.last_at))
    rows = rows.filter(rows.open & (rows.silent_s > limits["max_silent_days"] * 86_400))
    rows = rows.mutate(pattern_key=of_pattern(rows, "stale", category=RULE.category), known_at=instant(rows, now))
    worst = _.severity.min()
    return gather(
        rows,
        severity=worst,
        priority=ibis.ifelse(worst.isin(["P1", "P2"]), "high", RULE.priority),
        silent_s=_.silent_s.max(),
        duration_s=_.silent_s.max(),
        **story(_),
    )
