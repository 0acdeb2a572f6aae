"""A monitor that fires again and again while nobody acts, and no incident comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.counted import gather_days, patterned_days
from opsloop.detectors.openings import openings, told_days
from opsloop.detectors.windows import microsecond
from opsloop.metrics.episodes import actioned
from opsloop.metrics.relations import incidents, known
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
    seen = known(signals, now)
    rows = _episodes(seen, patterned_days(seen, f"{RULE.category}.unactionable-"), least=limits["min_episodes"])
    month_us = round(limits["window_days"] * 86_400_000_000)
    window = ibis.range_window(group_by="pattern", order_by="at_us", preceding=month_us, following=0)
    rows = rows.mutate(in_window=rows.series.count().over(window), in_window_acted=rows.acted.sum().over(window))
    hit = (rows.in_window >= limits["min_episodes"]) & (rows.in_window_acted == 0)
    rows = rows.mutate(hit_at=ibis.ifelse(hit, rows["at"], None))
    onward = ibis.range_window(group_by="pattern", order_by="at_us", preceding=0, following=None)
    rows = rows.mutate(known_at=rows.hit_at.min().over(onward))
    rows = rows.filter((rows.known_at <= rows["at"] + ibis.interval(microseconds=month_us)) & (rows.acted == 0))
    rows = rows.mutate(known_on=rows.known_at.cast("date")).cache()
    days = rows.group_by("pattern", "pattern_key", "service", "name", "on_day", "known_on").agg(
        n=rows.count(), first_at=rows["at"].min(), last_at=rows["at"].max(), in_window=rows.in_window.max()
    )
    found = gather_days(days, rows, seen, priority=ibis.null("string"), window_max=_.in_window.max())
    return found.mutate(severity=ibis.null("string"))


def _episodes(signals: Table, days: Table, *, least: int) -> Table:
    """The episodes of patterns that have enough of them at all, and whether somebody ``acted`` (1, else 0)."""
    enough = days.group_by("pattern").agg(n=days.n.sum()).filter(_.n >= least)
    told = days.select("monitor", "pattern", "pattern_key", "service", "name").distinct().semi_join(enough, "pattern")
    told = told.cache()
    rows = openings(signals).inner_join(told, "monitor")
    acted = _acted(signals, told).mutate(acted=1)
    rows = rows.left_join(acted, ["monitor", "at"]).drop("monitor_right", "at_right")
    return rows.mutate(on_day=rows["at"].cast("date"), at_us=microsecond(rows["at"]), acted=rows.acted.fill_null(0))


def _acted(signals: Table, frequent: Table) -> Table:
    """``monitor at`` of the episodes that were actioned; monitors that nobody ever touched are not looked at."""
    days = told_days(signals)
    named = incidents(signals)
    named = named.filter(named.alert.notnull()).select("service", name="alert")
    touched = days.filter(days.touched > 0).select("service", "name").union(named).distinct()
    touched = touched.select(monitor=digest(touched, touched.service, touched.name)).semi_join(frequent, "monitor")
    whole = signals.mutate(monitor=digest(signals, signals.service, signals.name))
    whole = whole.filter((whole.kind == "incident") | ((whole.kind == "alert") & whole.monitor.isin(touched.monitor)))
    rows = actioned(whole.drop("monitor"))
    rows = rows.filter(rows.actioned)
    return rows.select(monitor=digest(rows, rows.service, rows.name), at="started_at").distinct().cache()
