"""A step done by hand, or pasted from a page, that is long or part of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather, texts
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.metrics.relations import deployments, known, says_yes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="automation_gap",
    area="automation",
    priority="medium",
    definition="A step that is manual, or copied from a page such as a wiki, takes longer than {max_step_minutes} min "
    "or happens in a deployment (it names one, or one of its service was under way, for at most 24 h if nobody saw it "
    "end).",
    summary="{step} on {service} is done by hand: {count:time}, {toil_s} in all",
    fixes={"missing_automation": "{count:manual step} took {toil_s}; {copied} pasted from a page"},
    trigger="change_audit",
    reads=frozenset({"step", "deployment"}),
    action="Turn the page's commands into a pipeline stage.",
    dora="lead_time",
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_step_minutes": 30.0}
UNFINISHED_HOURS: Final = 24
"""A deployment that nobody saw end is taken to be under way for so long."""


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every step done by hand or copied, by its name."""
    _settings = settings
    seen = known(signals, now)
    copied = seen.attrs.get("copied_from").notnull()
    rows = seen.filter((seen.kind == "step") & (seen.status == "done") & (says_yes(seen, "manual") | copied))
    rows = rows.mutate(
        team=rows.attrs.get("team"), named=rows.attrs.get("deployment"), copied_from=rows.attrs.get("copied_from")
    )
    rows = with_slug(rows.drop("attrs"), "name", name="slug")
    return rows.mutate(pattern_key=pattern_key(RULE.category, rows.slug.fill_null("unnamed-step")))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a step (by name) and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    runs = deployments(known(signals, now), production=None)
    rows = _during(rows, runs)
    named = rows.named.notnull() | rows.fingerprint.isin(runs.fingerprint)
    long = (rows.duration_s > limits["max_step_minutes"] * 60).fill_null(False)
    return gather(
        rows.filter(long | named | rows.during),
        step=_.name.max().fill_null("A step"),
        toil_s=_.duration_s.sum(where=_.duration_s > 0),
        copied=_.copied_from.count(),
        sources=texts(_.copied_from),
    )


def _during(steps: Table, runs: Table) -> Table:
    """``steps`` with ``during``: some deployment of their service had started and was not over.

    It is over when it succeeded or failed: a rollback days later does not make it last until then. Of one that nobody
    saw end, UNFINISHED_HOURS count.
    """
    runs = runs.filter(runs.service.notnull() & runs.started_at.notnull())
    at_most = ibis.least(runs.rolled_back_at, runs.started_at + ibis.interval(hours=UNFINISHED_HOURS))
    ended_at: Any = ibis.coalesce(ibis.greatest(runs.deployed_at, runs.failed_at), at_most)
    marks = runs.select("service", id=ibis.null("string"), at=runs.started_at, ended_at=ended_at)
    asked = steps.filter(steps.service.notnull()).select(
        "service", "id", "at", ended_at=ibis.null(runs.started_at.type())
    )
    both = marks.union(asked)
    so_far = ibis.cumulative_window(group_by="service", order_by=["at", both.id.notnull()])
    both = both.mutate(latest_end=both.ended_at.max().over(so_far))
    under_way = both.filter(both.id.notnull() & (both["at"] <= both.latest_end)).select("id")
    return steps.mutate(during=steps.id.isin(under_way.id))
