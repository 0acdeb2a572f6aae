"""An incident that takes longer to resolve than its severity allows; still open ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.incidents import of_pattern, patterned, story
from opsloop.metrics.moments import instant
from opsloop.metrics.relations import each, known

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
    summary="{title}: {count:incident} past target, at worst {longest_s} with {target_s} allowed, {open} open",
    fixes={
        "missing_runbook": "{count:incident} past target, at worst {longest_s} where {target_s} were allowed",
    },
    trigger="alert",
    reads=frozenset({"incident"}),
    dora="mttr",
    restated=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {"p1_hours": 4.0, "p2_hours": 8.0, "p3_hours": 24.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an incident pattern and service; open incidents are as long as they have lasted by ``now``.

    ``longest_s`` and ``target_s`` are of one incident: the one that took the most time beyond its target.
    """
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    rows = rows.mutate(target_s=_target(rows.severity, limits), pattern_key=of_pattern(rows, "mttr"))
    lasted = rows.opened_at.delta(instant(rows, now), unit="microsecond") / -1_000_000
    rows = rows.mutate(took_s=ibis.ifelse(rows.open, lasted, rows.ttr_s))
    rows = rows.filter(rows.took_s > rows.target_s)
    rows = rows.inner_join(_exceeded(rows, known(signals, now), limits), [*each(rows), "fingerprint"])
    worst = _.severity.min()
    beyond = ibis.struct({"beyond_s": _.took_s - _.target_s, "at": _.at, "id": _.id})
    return gather(
        rows,
        severity=worst,
        priority=ibis.ifelse(worst == "P3", "medium", RULE.priority),
        longest_s=_.took_s.argmax(beyond),
        target_s=_.target_s.argmax(beyond),
        duration_s=_.took_s.max(),
        **story(_),
    )


def _target(severity: Any, limits: Mapping[str, Any]) -> Any:
    return severity.cases(*((name, limits[f"{name.lower()}_hours"] * 3600) for name in ("P1", "P2", "P3")))


def _exceeded(rows: Table, signals: Table, limits: Mapping[str, Any]) -> Table:
    """``fingerprint known_at``: when an incident was first past the target of a severity that somebody had told."""
    told = signals.filter(signals.kind == "incident")
    told = told.mutate(fingerprint=ibis.coalesce(told.fingerprint, told.id))
    of_incident = [*each(rows), "fingerprint"]
    told = told.group_by(*of_incident, "severity").agg(told_at=told["at"].min())
    told = told.mutate(limit_s=_target(told.severity, limits)).drop("severity")
    past = rows.select(*of_incident, "opened_at", "took_s").inner_join(told, of_incident)
    past = past.filter(past.took_s > past.limit_s)
    due_at = past.opened_at + past.limit_s.cast("int64").as_interval("s")
    known_at: Any = ibis.greatest(due_at, past.told_at)
    return past.group_by(*of_incident).agg(known_at=known_at.min())
