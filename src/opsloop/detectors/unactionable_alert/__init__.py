"""A monitor that fires again and again while nobody acts, and no incident comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather, texts
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.episodes import actioned
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
    definition="{min_episodes} or more episodes of one monitor of one service within {window_days} days (inclusive), "
    "none of them actioned: acknowledged or linked to an incident, and not with action none.",
    summary="{monitor} on {service} fired {count} times and nobody had to act",
    fixes={"slo_threshold": "none of {count} episodes was actioned or became an incident"},
    trigger="monitoring",
    reads=frozenset({"alert", "incident"}),
    action="Delete the alert, or let it fire on what somebody has to act on.",
    reach_days=61,
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_episodes": 10, "window_days": 30.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    month = ibis.interval(microseconds=round(limits["window_days"] * 86_400_000_000))
    rows = actioned(known(signals, now))
    rows = rows.mutate(at=rows.started_at, id=rows.first_id, service=rows.service.fill_null(""))
    rows = with_slug(rows.filter(rows.name.notnull()), "name", name="slug")
    rows = rows.mutate(pattern_key=pattern_key(RULE.category, ibis.literal("unactionable"), rows.slug))
    keys = ["pattern_key", "service"]
    window = ibis.range_window(group_by=keys, order_by="at", preceding=month, following=0)
    rows = rows.mutate(in_window=rows.id.count().over(window), acted=rows.actioned.cast("int64").sum().over(window))
    hit = (rows.in_window >= limits["min_episodes"]) & (rows.acted == 0)
    rows = rows.mutate(hit_at=ibis.ifelse(hit, rows["at"], None))
    onward = ibis.range_window(group_by=keys, order_by="at", preceding=0, following=None)
    rows = rows.mutate(known_at=rows.hit_at.min().over(onward))
    rows = rows.filter((rows.known_at <= rows["at"] + month) & ~rows.actioned)
    return gather(
        rows,
        monitor=_.name.max(),
        notifications=_.notifications.sum(),
        window_max=_.in_window.max(),
        teams=texts(_.team),
    )
