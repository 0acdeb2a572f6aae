"""An error budget that burns so fast that it will not last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.objectives import EVENT_DIGITS, with_objective
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.detectors.windows import microsecond
from opsloop.metrics import burn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="sla_breach",
    area="monitoring",
    priority="high",
    severity="P3",
    definition="Error rate / budget exceeds the factor over a long and its short window: 2% of the budget in 1 h (and "
    "5 min), 5% in 6 h (30 min), 10% in 1 d (2 h), 10% in 3 d (6 h); factor = share * window_days / long window. "
    "Factors that no error rate can exceed, and windows in which one failure would, don't count.",
    summary="{slo} burnt its error budget up to {worst_burn} times too fast, over {windows}",
    fixes={
        "missing_automation": "{count:interval} burnt over {windows}: a rollback or failover could have stopped it",
    },
    trigger="monitoring",
    reads=frozenset({"sli"}),
    action="Error-budget policy: freeze risky changes; find what burnt it.",
    reach_days=5,
)
DEFAULTS: Final[Mapping[str, Any]] = {}
PAGES: Final = ("1h", "6h")
"""Long windows whose burn is worth waking somebody (P2); the others are worth a ticket (P3)."""


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an SLO; its occurrences are the intervals at whose end a pair of windows burnt."""
    thresholds(__name__, DEFAULTS, settings)
    rows = with_objective(signals, now=now, settings=settings)
    rows = rows.mutate(burn=ibis.literal(0.0), page=False, at_us=microsecond(rows["at"]))
    for window in burn.WINDOWS:
        rows = _burning(rows, window)
    rows = _with_spent(rows)
    rows = with_slug(rows.filter(rows.burn > 0), "name", name="slug", masks=())
    rows = rows.mutate(pattern_key=pattern_key(RULE.category, ibis.literal("burn"), rows.slug))
    return gather(
        rows,
        severity=ibis.ifelse(_.page.any(), "P2", RULE.severity),
        slo=_.name.max(),
        objective=_.objective.max(),
        worst_burn=_.burn.max(),
        windows=ibis.array([ibis.ifelse(_[f"in_{one.long}"].any(), one.long, None) for one in burn.WINDOWS]),
        budget_consumed=_.spent.max(),
    )


def _with_spent(rows: Table) -> Table:
    """``rows`` with ``spent``: the share of the budget that was gone when their SLO last burnt, over its own window."""
    of_slo = {"group_by": ["name", "service"]}
    rows = rows.mutate(last_us=rows.at_us.max(where=rows.burn > 0).over(**of_slo))
    age_us = rows.last_us - rows.at_us
    current = age_us.between(0, rows.window_days.cast("int64") * 86_400_000_000 - 1)
    bad, total = (rows[what].sum(where=current).over(**of_slo) for what in ("bad", "total"))
    return rows.mutate(spent=bad / (total * rows.budget))


def _burning(rows: Table, window: burn.BurnWindow) -> Table:
    """``rows`` with whether the window burns, and the worst ``burn`` rate of all of them so far."""
    per_day = float(window.factor(1))
    sums = {
        f"{what}_{size}": rows[what].sum().over(_ending(getattr(window, size)))
        for what in ("bad", "total")
        for size in ("long", "short")
    }
    found = rows.mutate(**sums, bearable=rows.window_days * per_day * rows.budget)
    exceeds = [
        found[f"bad_{size}"] > (found.bearable * found[f"total_{size}"]).round(EVENT_DIGITS)
        for size in ("long", "short")
    ]
    enough = (found.bearable < 1) & (found.total_long * found.bearable >= 1)
    burns = (exceeds[0] & exceeds[1] & enough).fill_null(False)
    rate = found.bad_long / found.total_long / found.budget
    return found.mutate(
        **{f"in_{window.long}": burns},
        burn=ibis.ifelse(burns, ibis.greatest(rate, found.burn), found.burn),
        page=found.page | (burns & (window.long in PAGES)),
    ).drop(*sums, "bearable")


def _ending(name: str) -> Any:
    """The window of that length that ends with a row, half-open: an interval that ended at its start is outside."""
    length_us = round(burn.span(name).total_seconds() * 1_000_000) - 1
    return ibis.range_window(group_by=["name", "service"], order_by="at_us", preceding=length_us, following=0)
