"""An incident that nobody noticed for half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.incidents import of_pattern, patterned, story

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
    definition="Started to detected takes longer than {max_detection_minutes} min.",
    summary="{title}: detected only after up to {slowest_s}",
    fixes={"missing_alert": "{count:incident} went unnoticed for up to {slowest_s}; people found {found_by_people}"},
    trigger="monitoring",
    reads=frozenset({"incident"}),
    dora="mttr",
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_detection_minutes": 30.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an incident pattern and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    rows = rows.filter(rows.ttd_s > limits["max_detection_minutes"] * 60)
    rows = rows.mutate(pattern_key=of_pattern(rows, "slow-detection"), known_at=rows.detected_at)
    worst = _.severity.min()
    return gather(
        rows,
        severity=worst,
        priority=ibis.ifelse(worst.isin(["P1", "P2"]), "high", RULE.priority),
        slowest_s=_.ttd_s.max(),
        **story(_),
    )
