"""A monitor that fires more than fifty times a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather, texts
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.episodes import episodes
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
    definition="More than {max_episodes_per_day} episodes of one monitor of one service in one UTC day. An episode "
    "lasts from the first firing to the resolve; notifications repeated in between count once.",
    summary="{monitor} on {service} fires up to {per_day_max} times a day: too noisy to be read",
    fixes={"slo_threshold": "{count} episodes on {noisy_days} noisy days, {acknowledged} of them acknowledged"},
    trigger="monitoring",
    reads=frozenset({"alert"}),
    action="Raise the threshold or lengthen the time before it fires, group what fires together, or delete it.",
    reach_days=2,
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_episodes_per_day": 50, "raise_priority_at_days": 3}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode of every monitor, as a noise pattern."""
    _ = settings
    rows = with_slug(episodes(known(signals, now)), "name", name="slug")
    key = pattern_key(RULE.category, ibis.literal("noisy"), rows.slug)
    return rows.mutate(pattern_key=key, id=rows.first_id, at=rows.started_at)


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service; ``count`` is its episodes on noisy days."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    rows = rows.mutate(service=rows.service.fill_null(""), day=rows.at.cast("date"))
    by_day = ibis.window(group_by=["pattern_key", "service", "day"])
    rows = rows.mutate(per_day=rows.count().over(by_day))
    return gather(
        rows.filter(rows.per_day > limits["max_episodes_per_day"]),
        priority=bumped(_.day.nunique(), RULE.priority, "high", at=limits["raise_priority_at_days"]),
        monitor=_.name.max(),
        per_day_max=_.per_day.max(),
        noisy_days=_.day.nunique(),
        acknowledged=_.acknowledged.sum(),
        notifications=_.notifications.sum(),
        teams=texts(_.team),
    )
