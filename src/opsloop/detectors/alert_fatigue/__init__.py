"""A monitor that fires more than fifty times a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.openings import openings, with_monitor
from opsloop.detectors.pattern import pattern_key, with_slug
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
    fixes={"slo_threshold": "{count} episodes on {noisy_days} noisy days, {acknowledged} acknowledgements at any time"},
    trigger="monitoring",
    reads=frozenset({"alert"}),
    action="Raise the threshold or lengthen the time before it fires, group what fires together, or delete it.",
    reach_days=2,
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_episodes_per_day": 50, "raise_priority_at_days": 3}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every episode of every monitor, as a noise pattern."""
    _settings = settings
    return _episodes(known(signals, now))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a monitor and service; ``count`` is its episodes on noisy days.

    Only monitors with enough notifications in a day are looked at closely, for they have at least as many of them
    as episodes.
    """
    limit = thresholds(__name__, DEFAULTS, settings)
    seen = known(signals, now)
    most = limit["max_episodes_per_day"]
    fired = seen.filter((seen.kind == "alert") & (seen.status == "firing"))
    fired = fired.group_by("service", "name", day=fired["at"].cast("date")).agg(n=fired.count())
    loud = fired.filter(fired.n > most).select(loud_name="name").distinct()
    rows = _episodes(seen.filter(seen.kind == "alert").semi_join(loud, seen.name == loud.loud_name))
    rows = rows.select("id", "at", "name", "service", "pattern_key", day=rows["at"].cast("date")).cache()
    days = rows.group_by("service", "name", "day").agg(per_day=rows.count())
    rows = rows.inner_join(days.filter(days.per_day > most), ["service", "name", "day"])
    found = gather(
        rows,
        many=True,
        priority=bumped(_.day.nunique(), RULE.priority, "high", at=limit["raise_priority_at_days"]),
        monitor=_.name.max(),
        per_day_max=_.per_day.max(),
        noisy_days=_.day.nunique(),
    )
    return with_monitor(found, seen)


def _episodes(signals: Table) -> Table:
    rows = openings(signals)
    rows = with_slug(rows.mutate(service=rows.service.fill_null("")), "name", name="slug")
    return rows.mutate(pattern_key=pattern_key(RULE.category, ibis.literal("noisy"), rows.slug))
