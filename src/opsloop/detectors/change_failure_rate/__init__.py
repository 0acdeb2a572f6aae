"""More than fifteen percent of a week's deployments failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.delivery import released
from opsloop.detectors.finding import gather
from opsloop.detectors.windows import sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="process_bottleneck",
    area="change_management",
    priority="high",
    definition="Of a service's production deployments in a rolling {window_days} days, at least {min_deployments}, "
    "more than {max_failure_rate} failed: distinct deployments with an incident or rollback that counts against them.",
    summary="{service}: up to {worst_rate} of the deployments in {window_days} days failed, {count} in all",
    fixes={
        "missing_automation": "{count:deployment} failed, at worst {worst_failed} of {worst_deployments} "
        "in {window_days} days"
    },
    trigger="change_audit",
    reads=frozenset({"deployment", "incident"}),
    action="Make releases smaller, and put a canary and an automated rollback before the next ones.",
    dora="change_failure_rate",
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_failure_rate": 0.15, "min_deployments": 5, "window_days": 7.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service; its occurrences are the deployments that failed in the weeks that were too bad.

    A deployment counts as failed from the moment its first incident or rollback began.
    """
    limits = thresholds(__name__, DEFAULTS, settings)
    week = ibis.interval(microseconds=round(limits["window_days"] * 86_400_000_000))
    deployed, blamed = released(signals, now=now, settings=settings)
    known_at = blamed.group_by("deployment").agg(counted_at=blamed["at"].min())
    failed = deployed.inner_join(known_at, deployed.fingerprint == known_at.deployment)
    failed = failed.mutate(counted_at=ibis.greatest(failed.counted_at, failed.deployed_at))
    failed = failed.filter(failed.counted_at < failed.deployed_at + week)
    all_runs = deployed.select("service", at="deployed_at", leaves_at=deployed.deployed_at + week, runs=1, bad=0)
    bad_runs = failed.select("service", at="counted_at", leaves_at=failed.deployed_at + week, runs=0, bad=1)
    seconds = limits["window_days"] * 86_400
    moments = sweep(all_runs.union(bad_runs), ["service"], seconds=seconds, amounts=["runs", "bad"])
    moments = moments.filter(moments["at"] <= ibis.literal(now.replace(tzinfo=None), type="timestamp(6)"))
    too_bad = (moments.runs >= limits["min_deployments"]) & (moments.bad > limits["max_failure_rate"] * moments.runs)
    moments = moments.filter(too_bad).mutate(rate=moments.bad / moments.runs)
    return gather(
        _within_bad_weeks(failed, moments, week),
        worst_rate=_.worst_rate.max(),
        worst_failed=_.worst_failed.max(),
        worst_deployments=_.worst_deployments.max(),
    )


def _within_bad_weeks(failed: Table, moments: Table, week: Any) -> Table:
    """The failed deployments that a bad moment after their failure still counts, with its service's worst moment.

    Each bad moment counts some of them, so the worst is one of theirs.
    """
    marks = moments.select(
        "service",
        "at",
        bad_at="at",
        id=ibis.null("string"),
        deployed_at=ibis.null(failed.deployed_at.type()),
    )
    ends = failed.select(
        "service",
        at="counted_at",
        bad_at=ibis.null(failed.deployed_at.type()),
        id="first_id",
        deployed_at="deployed_at",
    )
    both = marks.union(ends)
    onward = ibis.range_window(group_by="service", order_by="at", preceding=0, following=None)
    both = both.mutate(bad_at=both.bad_at.min().over(onward))
    rows = both.filter(both.id.notnull() & (both.bad_at < both.deployed_at + week))
    worst = ibis.struct({"rate": _.rate, "bad": _.bad})
    figures = moments.group_by("service").agg(
        worst_rate=_.rate.max(), worst_failed=_.bad.argmax(worst), worst_deployments=_.runs.argmax(worst)
    )
    rows = rows.inner_join(figures, "service")
    rows = rows.inner_join(failed.select("team", "environment", id="first_id"), "id")
    return rows.mutate(
        pattern_key=ibis.literal(f"{RULE.category}.change-failure-rate"), known_at=rows.bad_at, at=rows.deployed_at
    )
