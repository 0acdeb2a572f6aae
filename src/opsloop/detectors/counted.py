"""Findings made of daily sums, where there may be millions of occurrences: only those that are named are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from opsloop.detectors.finding import EVIDENCE_LIMIT, KEYS, SCHEMA, WHOSE, latest, texts
from opsloop.detectors.openings import carried, monitors, opened_days, openings, with_signals
from opsloop.detectors.windows import crowded, crowded_days
from opsloop.signals.table import digest

if TYPE_CHECKING:
    from opsloop.signals.table import Table


def patterned_days(signals: Table, prefix: str) -> Table:
    """``openings.opened_days`` with the ``name`` and ``service`` of the monitor, its ``pattern_key`` (``prefix`` and
    the slug of the name) and that pattern's number ``pattern``; those that have no slug are left out.
    """
    told = monitors(signals)
    told = told.filter(told.slug.notnull())
    told = told.select("monitor", "name", "service", pattern_key=ibis.literal(prefix) + told.slug)
    told = told.mutate(pattern=digest(signals, told.pattern_key, told.service))
    return opened_days(signals).inner_join(told, "monitor")


def episodes(signals: Table, prefix: str) -> Table:
    """Every episode of a monitor with a name, as an occurrence: ``id at service pattern_key``."""
    told = monitors(signals)
    told = told.filter(told.slug.notnull())
    told = told.select("monitor", "service", pattern_key=ibis.literal(prefix) + told.slug)
    return with_signals(openings(signals), signals).inner_join(told, "monitor")


def recurring(signals: Table, days: Table, *, times: int, within_days: float) -> tuple[Table, Table]:
    """Of ``patterned_days``: those episodes that belong to ``times`` or more of their pattern ``within_days``.

    Returns them by day, with ``known_on``, and one by one: ``pattern series on_day at``.
    """
    counts = days.group_by("pattern", "on_day").agg(n=days.n.sum())
    sure, doubtful = (part.cache() for part in crowded_days(counts, ["pattern"], times=times, days=within_days))
    sure_days = days.inner_join(sure, ["pattern", "on_day"])
    exact = crowded(of_patterns(signals, days, doubtful), ["pattern"], times=times, days=within_days, tie="series")
    exact = exact.mutate(known_on=exact.known_at.cast("date")).cache()
    exact_days = by_day(exact, days)
    days = sure_days.select(exact_days.columns).union(exact_days).cache()
    return days, on_days(signals, sure_days).union(exact.select("pattern", "series", "on_day", "at", *carried(exact)))


def of_patterns(signals: Table, days: Table, patterns: Table) -> Table:
    """The episodes of some of the ``pattern`` s of ``patterned_days``: ``pattern monitor series on_day at``."""
    told = days.select("monitor", "pattern").distinct().semi_join(patterns, "pattern")
    rows = openings(signals).inner_join(told, "monitor")
    return rows.select("pattern", "monitor", "series", "at", *carried(rows), on_day=rows["at"].cast("date"))


def by_day(rows: Table, days: Table) -> Table:
    """Fold episodes (``of_patterns``, with ``known_on``) to days, with the names that ``patterned_days`` tell."""
    told = days.select("monitor", "name", "service", "pattern_key").distinct()
    folded = rows.group_by("pattern", "monitor", "on_day", "known_on").agg(
        n=rows.count(), first_at=rows["at"].min(), last_at=rows["at"].max()
    )
    return folded.inner_join(told, "monitor").drop("monitor")


def on_days(signals: Table, days: Table) -> Table:
    """The episodes of ``patterned_days`` one by one: ``pattern series on_day at``."""
    rows = openings(signals)
    rows = rows.mutate(on_day=rows["at"].cast("date"))
    rows = rows.inner_join(days.select("monitor", "on_day", "pattern"), ["monitor", "on_day"])
    return rows.select("pattern", "series", "on_day", "at", *carried(rows))


def gather_days(days: Table, episodes: Table, signals: Table, *, priority: Any, **metrics: Any) -> Table:
    """Fold days of episodes into findings, one a pattern and service.

    ``days`` and ``episodes`` are as ``recurring`` returns them; ``priority`` and ``metrics`` are aggregations over
    ``days``. Severity, teams and environments are those of the episodes that the finding names.
    """
    found = days.group_by("pattern", *KEYS).agg(
        priority=priority,
        first_seen=days.first_at.min(),
        last_seen=days.last_at.max(),
        count=days.n.sum(),
        days=days.known_on.cast("string").collect(distinct=True),
        known_at=days.last_at.max(),
        monitor=days.name.max(),
        **metrics,
    )
    shown = with_signals(latest(_of_late_days(days, episodes), ["pattern"], tie="series"), signals)
    told = shown.group_by("pattern").agg(
        shown=ibis.struct({"at": shown["at"], "id": shown.id}).collect(),
        severity=shown.severity.min(),
        **{several: texts(shown[one]) for one, several in WHOSE.items()},
    )
    told = told.mutate(evidence=told.shown.sort().map(lambda one: one.id)).drop("shown")
    found = found.inner_join(told, "pattern")
    named = days.select("pattern", "service", "name").distinct().inner_join(monitors(signals), ["service", "name"])
    counts = named.group_by("pattern").agg(notifications=_.notifications.sum(), acknowledged=_.acknowledged.sum())
    found = found.inner_join(counts, "pattern").drop("pattern")
    return found.mutate(service=found.service.nullif(""), days=found.days.sort()).relocate(*SCHEMA)


def _of_late_days(days: Table, episodes: Table) -> Table:
    """The episodes of the latest days of each pattern that hold enough of them, or all."""
    by_day = days.group_by("pattern", "on_day").agg(n=days.n.sum())
    later = ibis.window(group_by="pattern", order_by=ibis.desc("on_day"), preceding=(None, 1))
    wanted = by_day.mutate(later=by_day.n.sum().over(later).fill_null(0)).filter(_.later < EVIDENCE_LIMIT)
    return episodes.semi_join(wanted, ["pattern", "on_day"]).select("pattern", "series", "at", *carried(episodes))
