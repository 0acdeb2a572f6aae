"""One root cause behind incidents of different services: a link between patterns, not a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather, texts
from opsloop.detectors.incidents import first_told, patterned, story
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.relations import known

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
    definition="Incidents of {min_services} or more services name the same root cause (compared without case, "
    "numbers and addresses).",
    summary="One root cause in {service_count} services ({services}): {cause}",
    fixes={"architectural_limit": "{count} incidents of {service_count} services share the root cause {cause}"},
    trigger="monitoring",
    reads=frozenset({"incident"}),
    dora="mttr",
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_services": 2}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every incident that names a root cause; ``known_at`` is when it did."""
    _settings = settings
    seen = known(signals, now)
    rows = patterned(signals, now=now)
    rows = with_slug(rows.filter(rows.root_cause.notnull()), "root_cause", name="cause_slug")
    rows = rows.inner_join(first_told(seen, "root_cause"), "fingerprint").rename(pattern="pattern_key")
    key = pattern_key(RULE.category, ibis.literal("cause"), rows.cause_slug)
    return rows.mutate(pattern_key=key, known_at=ibis.greatest(rows.at, rows.told_at))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a root cause, across services."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    rows = rows.filter(rows.service.notnull() & rows.pattern_key.notnull())
    firsts = rows.group_by("pattern_key", "service").agg(first_at=rows.known_at.min())
    turn = ibis.row_number().over(group_by="pattern_key", order_by=["first_at", "service"])
    enough = firsts.mutate(turn=turn).filter(_.turn == limits["min_services"] - 1)
    rows = rows.inner_join(enough.select("pattern_key", enough_at="first_at"), "pattern_key")
    rows = rows.mutate(known_at=ibis.greatest(rows.known_at, rows.enough_at), of_service=rows.service)
    told = story(_)
    del told["title"], told["services"]
    return gather(
        rows.mutate(service=ibis.null("string")),
        severity=_.severity.min(),
        cause=_.root_cause.max(),
        services=texts(_.of_service),
        service_count=_.of_service.nunique(),
        patterns=texts(_.pattern),
        **told,
    )
