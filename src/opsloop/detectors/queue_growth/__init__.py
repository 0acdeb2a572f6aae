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
    "the one before, none more than {max_gap_minutes} min apart), from the last sample before the first rise to the "
    "first at its deepest, while there are not more consumers at the end than at the start.",
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
    grown = _growth(seen.filter(seen.name == "queue_depth"), limits)
    rows = _with_consumers(grown, _of_queues(seen.filter(seen.name == "consumers"), grown))
    rows = with_slug(rows.filter((rows.more <= 0).fill_null(True)), "resource", name="slug", masks=MASKS)
    of_queue = pattern_key(RULE.category, ibis.literal("queue"), rows.slug)
    rows = rows.mutate(
        pattern_key=ibis.coalesce(of_queue, ibis.literal(f"{RULE.category}.queue")),
        at=rows.from_at,
        until=rows.to_at,
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


def _growth(depths: Table, limits: Mapping[str, Any]) -> Table:
    """Stretches that grow for long enough, with ``known_at``: the first sample by which they had.

    In a stretch no sample is below the one before. It lasts from the last sample before the first rise to the first
    one at its deepest: a queue that is level for hours, before or after, has not grown for hours.
    """
    rows = _runs(depths, gap_s=limits["max_gap_minutes"] * 60)
    run = [*_SERIES, "run"]
    rows = rows.mutate(first=rows.value.min().over(group_by=run), last=rows.value.max().over(group_by=run))
    rows = rows.mutate(risen=rows.value > rows.first)
    so_far = ibis.cumulative_window(group_by=run, order_by=["at", "id"])
    rows = rows.mutate(
        from_at=rows["at"].max(where=~rows.risen).over(group_by=run),
        samples=rows.risen.cast("int64").sum().over(so_far) + 1,
    )
    long = seconds_between(rows["at"], rows.from_at) > limits["min_growth_minutes"] * 60
    enough = rows.risen & (rows.value > rows.before) & long & (rows.samples >= limits["min_samples"])
    grown = rows.group_by(*run).agg(
        from_at=rows.from_at.min(),
        to_at=rows["at"].min(where=rows.value == rows["last"]),
        known_at=rows["at"].min(where=enough),
        first=rows["first"].min(),
        last=rows["last"].max(),
        id=rows.id.argmax(rows["at"].cast("string") + " " + rows.id, where=~rows.risen),
        team=rows.team.max(),
        environment=rows.environment.max(),
    )
    grown = grown.filter(grown.known_at.notnull())
    return grown.mutate(lasted_s=seconds_between(grown.to_at, grown.from_at))


def _runs(depths: Table, *, gap_s: float) -> Table:
    """The samples with the value ``before`` and the number of their ``run``, in which none is below the one before."""
    order = ibis.window(group_by=list(_SERIES), order_by=["at", "id"])
    rows = depths.mutate(before=depths.value.lag().over(order), earlier=depths["at"].lag().over(order))
    goes_on = (rows.value >= rows.before) & (seconds_between(rows["at"], rows.earlier) <= gap_s)
    rows = rows.mutate(starts=(~goes_on.fill_null(False)).cast("int64"))
    so_far = ibis.cumulative_window(group_by=list(_SERIES), order_by=["at", "id"])
    return rows.mutate(run=rows.starts.sum().over(so_far))


def _of_queues(consumers: Table, grown: Table) -> Table:
    """``consumers`` by queue: those of no named queue are those of every queue of their service that has no others."""
    without = grown.select(*_SERIES).distinct().anti_join(consumers, list(_SERIES))
    shared = consumers.filter(consumers.resource == "").drop("resource").inner_join(without, "service")
    return consumers.union(shared.select(consumers.columns))


def _with_consumers(grown: Table, consumers: Table) -> Table:
    """``grown`` with how many ``consumers`` there were at its end, and how many ``more`` than at its start.

    What was told last at or before the start holds then; where nothing was, what is told first within.
    """
    order = ibis.window(group_by=list(_SERIES), order_by=["at", "id"])
    told = consumers.mutate(until=consumers["at"].lead().over(order))
    told = told.select("service", "resource", "until", told_at="at", number="value", told_id="id")
    holds = (told.until > grown.from_at) | told.until.isnull()
    held = grown.inner_join(told, [*(grown[key] == told[key] for key in _SERIES), told.told_at <= grown.to_at, holds])
    mark = held.told_at.cast("string") + " " + held.told_id
    ends = held.group_by(*_SERIES, "run").agg(
        consumers=held.number.argmax(mark), more=held.number.argmax(mark) - held.number.argmin(mark)
    )
    return grown.left_join(ends, [*_SERIES, "run"]).drop("service_right", "resource_right", "run_right")
