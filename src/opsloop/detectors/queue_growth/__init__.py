"""A queue grows and its consumers don't keep up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.pattern import MASKS, pattern_key, with_slug
from opsloop.detectors.windows import seconds_between
from opsloop.metrics.relations import known
from opsloop.metrics.sharing import daily

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
    definition="queue_depth rises for longer than {min_growth_minutes} min (at least {min_samples} samples, none below "
    "the one before, none more than {max_gap_minutes} min apart) while there are not more consumers at the end than at "
    "the start.",
    summary="{queue} on {service} grew to {deepest} in {duration_s} while consumers did not keep up",
    fixes={
        "architectural_limit": "depth rose by {risen} in {duration_s} with {consumers:consumer}",
        "missing_automation": "depth rose by {risen} in {duration_s} and nothing added consumers",
    },
    trigger="capacity_breach",
    reads=frozenset({"sample"}),
    action="Add consumers as depth rises, or shed load.",
    reach_days=3,
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_growth_minutes": 15.0, "min_samples": 3, "max_gap_minutes": 60.0}
_SERIES: Final = ("service", "resource")


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a queue and service; its occurrences are the stretches of growth."""
    limits = thresholds(__name__, DEFAULTS, settings)
    seen = queues(known(signals, now))
    grown = _growth(seen.filter(seen.name == "queue_depth"), gap_s=limits["max_gap_minutes"] * 60)
    long = grown.lasted_s > limits["min_growth_minutes"] * 60
    grown = grown.filter(long & (grown.samples >= limits["min_samples"]) & (grown.last > grown.first))
    rows = _with_consumers(grown, seen.filter(seen.name == "consumers"))
    rows = with_slug(rows.filter((rows.more <= 0).fill_null(True)), "resource", name="slug", masks=MASKS)
    of_queue = pattern_key(RULE.category, ibis.literal("queue"), rows.slug)
    patience = ibis.interval(seconds=round(limits["min_growth_minutes"] * 60))
    rows = rows.mutate(
        pattern_key=ibis.coalesce(of_queue, ibis.literal(f"{RULE.category}.queue")),
        at=rows.from_at,
        known_at=rows.from_at + patience,
    )
    return gather(
        rows,
        fix=ibis.ifelse(_.consumers.max().notnull(), "missing_automation", "architectural_limit"),
        queue=ibis.coalesce(_.resource.max().nullif(""), "queue"),
        deepest=_.last.max(),
        risen=(_.last - _.first).max(),
        duration_s=_.lasted_s.max(),
        consumers=_.consumers.max(),
    )


@daily()
def queues(signals: Table) -> Table:
    """The samples of queues: how deep they are, and how many consume them."""
    rows = signals.filter((signals.kind == "sample") & signals.name.isin(["queue_depth", "consumers"]))
    rows = rows.filter(rows.value >= 0)
    rows = rows.select(
        *("id", "at", "name", "value", "environment"),
        service=rows.service.fill_null(""),
        resource=rows.attrs.get("resource"),
        team=rows.attrs.get("team"),
    )
    return rows.mutate(resource=rows.resource.fill_null(""))


def _growth(depths: Table, *, gap_s: float) -> Table:
    """Stretches in which no sample is below the one before, from the last sample before the first rise on: a queue that
    was level for hours has not grown for hours.
    """
    order = ibis.window(group_by=list(_SERIES), order_by=["at", "id"])
    rows = depths.mutate(before=depths.value.lag().over(order), earlier=depths["at"].lag().over(order))
    goes_on = (rows.value >= rows.before) & (seconds_between(rows["at"], rows.earlier) <= gap_s)
    rows = rows.mutate(starts=(~goes_on.fill_null(False)).cast("int64"))
    so_far = ibis.cumulative_window(group_by=list(_SERIES), order_by=["at", "id"])
    rows = rows.mutate(run=rows.starts.sum().over(so_far))
    rows = rows.mutate(first=rows.value.min().over(group_by=[*_SERIES, "run"]))
    risen = rows.value > rows.first
    mark = rows["at"].cast("string") + " " + rows.id
    grown = rows.group_by(*_SERIES, "run").agg(
        from_at=rows["at"].max(where=~risen),
        to_at=rows["at"].max(),
        first=rows.first.min(),
        last=rows.value.max(),
        id=rows.id.argmax(mark, where=~risen),
        samples=risen.sum() + 1,
        team=rows.team.max(),
        environment=rows.environment.max(),
    )
    return grown.mutate(lasted_s=seconds_between(grown.to_at, grown.from_at))


def _with_consumers(grown: Table, consumers: Table) -> Table:
    """``grown`` with how many ``consumers`` there were at its end, and how many ``more`` than at its start."""
    told = consumers.select("service", "resource", told_at="at", number="value", told_id="id")
    within = grown.inner_join(
        told,
        [*(grown[key] == told[key] for key in _SERIES), told.told_at >= grown.from_at, told.told_at <= grown.to_at],
    )
    mark = within.told_at.cast("string") + " " + within.told_id
    ends = within.group_by(*_SERIES, "run").agg(
        consumers=within.number.argmax(mark), more=within.number.argmax(mark) - within.number.argmin(mark)
    )
    return grown.left_join(ends, [*_SERIES, "run"]).drop("service_right", "resource_right", "run_right")
