"""A resource that will be full within weeks, by its trend."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.pattern import MASKS, pattern_key, with_slug
from opsloop.metrics import capacity
from opsloop.metrics.relations import known, moment
from opsloop.metrics.saturation import THRESHOLDS, samples
from opsloop.metrics.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="capacity_issue",
    area="capacity_planning",
    priority="high",
    severity="P3",
    definition="The daily medians of the last {window_days} days grow significantly, and the middle forecast has the "
    "resource full within {horizon_days} days (AutoETS and Theil-Sen; without the forecast extra Theil-Sen alone).",
    summary="{resource} {measure} on {service} is full in {low_days} to {high_days} days, most likely {median_days}",
    fixes={"architectural_limit": "it grows by {slope_per_day} of its size a day; full in about {median_days} days"},
    trigger="capacity_breach",
    reads=frozenset({"sample"}),
    action="Plan the expansion before the early end of the range, or stop the growth.",
    reach_days=31,
    standing=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {"horizon_days": 30.0, "window_days": 30}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a resource, as of ``now``; its occurrence is the latest sample."""
    limits = thresholds(__name__, DEFAULTS, settings)
    scope = Scope(start=now - timedelta(days=limits["window_days"]), end=now, now=now)
    filling = [
        {
            "of_service": group["service"] or "",
            "measure": group["name"],
            "of_resource": group["resource"] or "",
            "slope_per_day": group["slope_per_day"],
            **{f"{name}_days": group["exhaustion"][name] for name in ("low", "median", "high")},
        }
        for group in capacity.growing(signals, scope)
        if group["exhaustion"] and group["exhaustion"]["median"] <= limits["horizon_days"]
    ]
    measured = known(signals, now)
    measured = measured.filter(measured["at"] >= moment(scope.start))
    return _findings(samples(measured, THRESHOLDS), filling, now=now)


def _findings(rows: Table, filling: list[dict[str, Any]], *, now: datetime) -> Table:
    kinds = dict.fromkeys(("of_service", "measure", "of_resource"), "string") | dict.fromkeys(
        ("slope_per_day", "low_days", "median_days", "high_days"), "float64"
    )
    told = ibis.memtable(filling, schema=kinds)
    rows = rows.mutate(
        of_service=rows.service.fill_null(""), of_resource=rows.resource.fill_null(""), measure=rows.name
    )
    rows = rows.inner_join(told, ["of_service", "measure", "of_resource"])
    latest = ibis.row_number().over(group_by=["of_service", "measure", "of_resource"], order_by=[ibis.desc("at"), "id"])
    rows = rows.mutate(latest=latest).filter(_.latest == 0)
    rows = with_slug(rows, "resource", name="slug", masks=MASKS)
    of_resource = pattern_key(RULE.category, ibis.literal("filling"), rows.measure, rows.slug)
    bare = pattern_key(RULE.category, ibis.literal("filling"), rows.measure)
    rows = rows.mutate(pattern_key=ibis.coalesce(of_resource, bare), known_at=moment(now))
    return gather(
        rows,
        resource=ibis.coalesce(_.resource.max(), "all"),
        measure=_.measure.max(),
        level_ratio=_.value.max(),
        slope_per_day=_.slope_per_day.max(),
        low_days=_.low_days.min(),
        median_days=_.median_days.min(),
        high_days=_.high_days.max(),
    )
