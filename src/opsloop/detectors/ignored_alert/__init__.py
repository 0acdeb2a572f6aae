"""An alert that was acknowledged, and nothing was done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.openings import told_days
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.episodes import numbered
from opsloop.metrics.relations import known
from opsloop.signals.table import digest

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
    definition="Somebody acknowledged an episode of the monitor and said that nothing was done (action: none).",
    summary="{monitor} on {service} was acknowledged {count:time} without anything to do",
    fixes={"slo_threshold": "{count:acknowledged episode} needed no action: it fires on what is no problem"},
    trigger="monitoring",
    reads=frozenset({"alert"}),
    action="Raise the threshold, or delete the alert: nobody needs to be told.",
    reach_days=8,
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode that was acknowledged without action."""
    _settings = settings
    seen = known(signals, now)
    alerts = seen.filter(seen.kind == "alert")
    days = told_days(seen)
    named = days.filter(days.undone > 0).select(monitor=digest(days, days.service, days.name)).distinct().cache()
    alerts = alerts.mutate(monitor=digest(alerts, alerts.service, alerts.name))
    rows = numbered(alerts.semi_join(named, "monitor").drop("monitor"))
    rows = rows.mutate(order=rows["at"].cast("string") + " " + rows.id)
    idle = rows.attrs.get("action").lower() == "none"
    rows = rows.group_by("series", "episode").agg(
        name=rows.name.max(),
        service=rows.service.max(),
        team=rows.attrs.get("team").max(),
        environment=rows.environment.max(),
        acknowledged=(rows.status == "acknowledged").any(),
        at=rows["at"].min(where=idle),
        id=rows.id.argmin(rows.order, where=idle),
    )
    rows = with_slug(rows.filter(rows.acknowledged & rows["at"].notnull()), "name", name="slug")
    return rows.mutate(pattern_key=pattern_key(RULE.category, ibis.literal("ignored"), rows.slug))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service."""
    thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    return gather(rows, priority=bumped(_.count(), RULE.priority, "high", at=10), monitor=_.name.max())
