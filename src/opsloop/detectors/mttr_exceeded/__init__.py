"""An incident that takes longer to resolve than its severity allows; still open ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.incidents import of_pattern, patterned, story
from opsloop.metrics.relations import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="incident_pattern",
    area="incident_management",
    priority="high",
    severity="P3",
    definition="Detected (or started, where no detection is known) to resolved takes longer than P1 {p1_hours} h, "
    "P2 {p2_hours} h, P3 {p3_hours} h; an open incident counts once it is past its target.",
    summary="{title}: {count:incident} past the target for {severity}, {longest_s} at the longest, {open} open",
    fixes={
        "missing_runbook": "{count:incident} took up to {longest_s}, past a target of {target_s}",
    },
    trigger="alert",
    reads=frozenset({"incident"}),
    dora="mttr",
    reach_days=31,
)
DEFAULTS: Final[Mapping[str, Any]] = {"p1_hours": 4.0, "p2_hours": 8.0, "p3_hours": 24.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an incident pattern and service; open incidents are as long as they have lasted by ``now``."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    target = rows.severity.cases(*((name, limits[f"{name.lower()}_hours"] * 3600) for name in ("P1", "P2", "P3")))
    rows = rows.mutate(target_s=target, pattern_key=of_pattern(rows, "mttr"))
    lasted = rows.opened_at.delta(moment(now), unit="microsecond") / -1_000_000
    rows = rows.mutate(took_s=ibis.ifelse(rows.open, lasted, rows.ttr_s))
    rows = rows.filter(rows.took_s > rows.target_s)
    rows = rows.mutate(known_at=rows.opened_at + rows.target_s.cast("int64").as_interval("s"))
    worst = _.severity.min()
    return gather(
        rows,
        severity=worst,
        priority=ibis.ifelse(worst == "P3", "medium", RULE.priority),
        longest_s=_.took_s.max(),
        target_s=_.target_s.min(),
        duration_s=_.took_s.max(),
        **story(_),
    )
