"""An SLO that is missed over its window: the error budget is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.objectives import EVENT_DIGITS, with_objective
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.moments import instant
from opsloop.metrics.relations import each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="sla_breach",
    area="monitoring",
    priority="critical",
    severity="P2",
    definition="Over the SLO's window ending now, good / total events is below the objective: more than the whole "
    "error budget is consumed (event-based). P1 when the SLA is missed too.",
    summary="{slo}: {sli_ratio} good in {window_days} days, objective {objective}; {budget_consumed} of the budget",
    fixes={
        "architectural_limit": "{bad} of {total} events failed in {window_days} days, in {count:interval}",
        "slo_threshold": "{count:interval}, all or nearly all, missed the objective: it may promise too much",
    },
    trigger="monitoring",
    reads=frozenset({"sli"}),
    action="Error-budget policy: halt non-critical deployments until the window is within its objective.",
    reach_days=366,
    standing=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an SLO, as of ``now``; its occurrences are the intervals with failed events."""
    thresholds(__name__, DEFAULTS, settings)
    rows = with_objective(signals, now=now, settings=settings)
    age_us = rows["at"].delta(instant(rows, now), unit="microsecond") * -1
    rows = rows.filter(age_us < rows.window_days.cast("int64") * 86_400_000_000)
    of_slo = {"group_by": [*each(rows), "name", "service"]}
    rows = rows.mutate(
        all_bad=rows.bad.sum().over(**of_slo),
        all_total=rows.total.sum().over(**of_slo),
        intervals=rows.id.count().over(**of_slo),
    )
    rows = rows.filter((rows.all_bad > (rows.budget * rows.all_total).round(EVENT_DIGITS)) & (rows.bad > 0))
    rows = with_slug(rows, "name", name="slug", masks=())
    key = pattern_key(RULE.category, ibis.literal("slo"), rows.slug)
    rows = rows.mutate(pattern_key=key, known_at=instant(rows, now), sli=1 - rows.all_bad / rows.all_total)
    sla_missed = (_.all_bad > ((1 - _.sla_objective) * _.all_total).round(EVENT_DIGITS)).any().fill_null(False)
    return gather(
        rows,
        severity=ibis.ifelse(sla_missed, "P1", RULE.severity),
        fix=ibis.ifelse(_.count() >= 0.9 * _.intervals.max(), "slo_threshold", "architectural_limit"),
        slo=_.name.max(),
        objective=_.objective.max(),
        sli_ratio=_.sli.max(),
        window_days=_.window_days.max(),
        bad=_.all_bad.max(),
        total=_.all_total.max(),
        budget_consumed=_.all_bad.max() / (_.budget.max() * _.all_total.max()),
        sla_missed=sla_missed,
    )
