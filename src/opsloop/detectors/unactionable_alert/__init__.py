"""A monitor that fires again and again while nobody acts, and no incident comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.counted import by_day, gather_days, of_patterns, patterned_days, recurring
from opsloop.detectors.openings import carried, told_days
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
    times, within_days = limits["min_episodes"], limits["window_days"]
    seen = known(signals, now)
    days = patterned_days(seen, f"{RULE.category}.unactionable-")
    acted = _acted(seen, days)
    touched = days.semi_join(acted, "monitor").select("pattern").distinct().cache()
    never, episodes = recurring(seen, days.anti_join(touched, "pattern"), times=times, within_days=within_days)
    pauses = _pauses(of_patterns(seen, days, touched), acted, times=times, within_days=within_days).cache()
    at_times = by_day(pauses, days).select(never.columns)
    episodes = episodes.union(pauses.select("pattern", "series", "on_day", "at", *carried(pauses)))
    found = gather_days(never.union(at_times).cache(), episodes, seen, priority=ibis.null("string"))
    return found.mutate(severity=ibis.null("string"))


def _pauses(rows: Table, acted: Table, *, times: int, within_days: float) -> Table:
    """Of patterns that somebody acted upon: the episodes of a window with ``times`` of them in which nobody did."""
    rows = rows.left_join(acted.mutate(acted=1), ["monitor", "at"]).drop("monitor_right", "at_right")
    rows = rows.mutate(at_us=microsecond(rows["at"]), acted=rows.acted.fill_null(0))
    span_us = round(within_days * 86_400_000_000)
    window = ibis.range_window(group_by="pattern", order_by="at_us", preceding=span_us, following=0)
    hit = (rows.series.count().over(window) >= times) & (rows.acted.sum().over(window) == 0)
    rows = rows.mutate(hit_at=ibis.ifelse(hit, rows["at"], None))
    onward = ibis.range_window(group_by="pattern", order_by="at_us", preceding=0, following=None)
    rows = rows.mutate(known_at=rows.hit_at.min().over(onward))
    rows = rows.filter((rows.known_at <= rows["at"] + ibis.interval(microseconds=span_us)) & (rows.acted == 0))
    return rows.mutate(known_on=rows.known_at.cast("date"))


def _acted(signals: Table, frequent: Table) -> Table:
    """``monitor at`` of the episodes that were actioned; monitors that nobody ever touched are not looked at."""
    days = told_days(signals)
    named = incidents(signals)
    named = frequent.semi_join(named.filter(named.alert.notnull()).select(name="alert"), "name").select("monitor")
    touched = days.filter(days.touched > 0).select("service", "name").distinct()
    touched = touched.select(monitor=digest(touched, touched.service, touched.name)).semi_join(frequent, "monitor")
    touched = touched.union(named).distinct()
    alerts = signals.filter(signals.kind == "alert")
    alerts = alerts.mutate(monitor=digest(alerts, alerts.service, alerts.name)).semi_join(touched, "monitor")
    rows = actioned(signals.filter(signals.kind == "incident").union(alerts.drop("monitor")))
    rows = rows.filter(rows.actioned)
    return rows.select(monitor=digest(rows, rows.service, rows.name), at="started_at").distinct().cache()
