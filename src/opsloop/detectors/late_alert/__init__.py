"""An alert that fires well after the first sign of its incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.incidents import patterned, story
from opsloop.detectors.openings import firings
from opsloop.detectors.pattern import pattern_key, with_slug
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
    definition="An incident's alert (one that names the incident, or, until it is resolved, the first of the monitor "
    "that the incident names; of both the sooner) fires more than {max_delay_minutes} min after the incident's first "
    "sign. A monitor that already fired in the {looked_back_hours} h before is not late.",
    summary="{monitor} fires up to {slowest_s} after the first sign ({count:incident})",
    fixes={"slo_threshold": "{monitor} fired up to {slowest_s} after the first sign of {count:incident}"},
    trigger="monitoring",
    reads=frozenset({"incident", "alert"}),
    action="Let the monitor watch an earlier symptom, lower its threshold or shorten its waiting time.",
    reach_days=3,
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_delay_minutes": 5.0, "looked_back_hours": 1.0, "belongs_within_hours": 24.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service. Of an alert that names the incident and its monitor's the sooner counts."""
    limits = thresholds(__name__, DEFAULTS, settings)
    seen = known(signals, now)
    rows = _with_monitor(patterned(signals, now=now), firings(seen))
    before = rows.at - ibis.interval(seconds=round(limits["looked_back_hours"] * 3600))
    until = ibis.least(rows.at + ibis.interval(seconds=round(limits["belongs_within_hours"] * 3600)), rows.resolved_at)
    by_monitor = ibis.ifelse(rows.fired_before >= before, rows.fired_before, rows.fired_after)
    by_monitor = ibis.ifelse(by_monitor <= until, by_monitor, None)
    told_sooner = (rows.linked_at < by_monitor) | by_monitor.isnull()
    rows = rows.mutate(
        alert_at=ibis.least(rows.linked_at, by_monitor),
        monitor=ibis.ifelse(told_sooner, ibis.coalesce(rows.linked_name, rows.monitor), rows.monitor),
    )
    rows = rows.mutate(delay_s=rows.alert_at.delta(rows.at, unit="microsecond") / 1_000_000)
    rows = rows.filter(rows.delay_s > limits["max_delay_minutes"] * 60)
    rows = with_slug(rows, "monitor", name="monitor_slug")
    rows = rows.mutate(
        pattern_key=pattern_key(RULE.category, ibis.literal("late"), rows.monitor_slug), known_at=rows.alert_at
    )
    return gather(rows, monitor=_.monitor.max(), slowest_s=_.delay_s.max(), **story(_))


def _with_monitor(incidents: Table, fired: Table) -> Table:
    """Incidents with their ``monitor``, when an alert that names them fired first, and when their monitor fired
    last before and first after they began.
    """
    named = fired.filter(fired.incident.notnull())
    named = named.group_by(fingerprint=named.incident).agg(
        linked_at=named.at.min(), linked_name=named.name.argmin(ibis.struct({"at": named.at, "name": named.name}))
    )
    rows = incidents.left_join(named, "fingerprint").drop("fingerprint_right")
    rows = rows.mutate(monitor=ibis.coalesce(rows.alert, rows.linked_name))
    marks = rows.select("service", "monitor", "id", at="at", fired_at=ibis.null(rows.at.type()))
    pairs = rows.filter(rows.monitor.notnull()).select("service", monitor="monitor").distinct()
    fired = fired.semi_join(pairs, [fired.service == pairs.service, fired.name == pairs.monitor])
    shots = fired.select("service", monitor="name", id=ibis.null("string"), at="at", fired_at="at")
    both = marks.filter(marks.monitor.notnull()).union(shots)
    series = {"group_by": ["service", "monitor"], "order_by": "at"}
    both = both.mutate(
        fired_before=both.fired_at.max().over(ibis.window(preceding=None, following=0, **series)),
        fired_after=both.fired_at.min().over(ibis.window(preceding=0, following=None, **series)),
    )
    both = both.filter(both.fired_at.isnull()).select("id", "fired_before", "fired_after")
    return rows.left_join(both, "id").drop("id_right")
