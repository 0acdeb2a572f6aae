"""The same incident again within thirty days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather, texts
from opsloop.detectors.incidents import patterned, story
from opsloop.detectors.pattern import pattern_key
from opsloop.detectors.windows import microsecond
from opsloop.metrics.relations import each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="incident_pattern",
    area="incident_management",
    priority="medium",
    severity="P3",
    definition="An incident follows an earlier one of the same pattern within {window_days} days (inclusive), or, "
    "where either names no pattern, an earlier one of the same service.",
    summary="{title}: {count} incidents of one pattern, each within {window_days} days of another",
    fixes={
        "missing_runbook": "{count} incidents of one pattern, repaired in {median_ttr_s} at the median",
        "missing_alert": "people found {found_by_people} of {count} before any alert did",
        "architectural_limit": "{count} incidents with one root cause: {root_causes}",
    },
    trigger="alert",
    reads=frozenset({"incident"}),
    dora="mttr",
    restated=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {"window_days": 30.0, "raise_priority_at_incidents": 3}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every incident that began, by its own pattern."""
    _ = settings
    return patterned(signals, now=now)


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a pattern, across services and teams: the repeats together with what they repeat."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    members = _members(rows, days=limits["window_days"])
    rows = rows.drop("pattern_key").inner_join(members, [*each(rows), "id"])
    of_pattern = {"group_by": [*each(rows), "pattern_key"], "order_by": ["at", "id"]}
    third = rows.at.lag(limits["raise_priority_at_incidents"] - 1).over(**of_pattern)
    rows = rows.mutate(often=(rows.at <= third + _span(limits["window_days"])).fill_null(False))
    found = gather(
        rows.mutate(alone=rows.service, service=ibis.null("string")),
        severity=_.severity.min(),
        priority=_priority(often=_.often.any(), worst=_.severity.min()),
        fix=_fix(_),
        **story(_) | {"services": texts(_.alone)},
    )
    return found.mutate(service=ibis.ifelse(found.services.length() == 1, found.services[0], None))


def _members(rows: Table, *, days: float) -> Table:
    """``pattern_key id known_at`` of every repeat and of what it repeats: all that began at the instant before it.

    A repeat without a namesake belongs to the pattern that it names, or, naming none, to that of its service.
    """
    moment = each(rows)
    rows = _with_earlier(rows).cache()
    same = (rows.at <= rows.same_at + _span(days)).fill_null(False)
    other = ~same & (rows.at <= rows.other_at + _span(days)).fill_null(False)
    of_its_service = ibis.coalesce(rows.named, pattern_key(RULE.category, rows.service_slug))
    by_key = rows.filter(same).select(*moment, "pattern_key", "id", earlier_at="same_at", known_at="at")
    by_service = rows.filter(other).select(
        *(*moment, "service", "named", "id"), pattern_key=of_its_service, earlier_at="other_at", known_at="at"
    )
    first = rows.select(*moment, "pattern_key", earlier_at="at", earlier="id")
    pairs = by_key.inner_join(first, [*moment, "pattern_key", "earlier_at"])
    first = rows.select(*moment, "service", earlier_at="at", earlier="id", earlier_named="named")
    others = by_service.inner_join(first, [*moment, "service", "earlier_at"])
    others = others.filter(others.named.isnull() | others.earlier_named.isnull())
    columns = [*moment, "pattern_key", "id", "known_at"]
    told = [part.select(columns) for part in (by_key, by_service)]
    told += [part.drop("id").rename(id="earlier").select(columns) for part in (pairs, others)]
    members = ibis.union(*told)
    return members.group_by(*moment, "pattern_key", "id").agg(known_at=members.known_at.min())


def _with_earlier(rows: Table) -> Table:
    """Incidents with when the last one began before them: of their pattern (``same_at``); of their service where one
    of the two has no pattern (``other_at``).
    """
    moment = each(rows)
    of_key, of_service = (
        ibis.range_window(group_by=[*moment, key], order_by="at_us", preceding=(None, 1))
        for key in ("pattern_key", "service")
    )
    rows = rows.select(
        *(*moment, "id", "at", "pattern_key", "named", "service", "service_slug"),
        at_us=microsecond(rows.at),
        nameless_at=ibis.ifelse(rows.named.isnull(), rows.at, None),
    )
    any_at, nameless_at = rows.at.max().over(of_service), rows.nameless_at.max().over(of_service)
    return rows.mutate(
        same_at=ibis.ifelse(rows.pattern_key.notnull(), rows.at.max().over(of_key), None),
        other_at=ibis.ifelse(rows.service.notnull(), ibis.ifelse(rows.named.isnull(), any_at, nameless_at), None),
    )


def _span(days: float) -> Any:
    return ibis.interval(microseconds=round(days * 86_400_000_000))


def _priority(*, often: Any, worst: Any) -> Any:
    """An outage that comes a third time is critical; a third time, or an outage that comes again, is high."""
    outage = (worst == "P1").fill_null(False)
    return ibis.cases((often & outage, "critical"), (often | outage, "high"), else_=RULE.priority)


def _fix(rows: Any) -> Any:
    by_people = (rows.detected_by == "human").sum().fill_null(0) * 2 >= rows.count()
    one_cause = (rows.root_cause.nunique() == 1) & (rows.root_cause.count() >= 3)
    return ibis.cases((by_people, "missing_alert"), (one_cause, "architectural_limit"), else_="missing_runbook")
