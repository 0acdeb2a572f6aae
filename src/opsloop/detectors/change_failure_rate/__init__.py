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

    A deployment counts as failed from the moment its first incident or rollback began; one that was found to have
    failed when it had left the window already counts from its own time on, and what only it makes bad was known then.
    """
    limits = thresholds(__name__, DEFAULTS, settings)
    week = ibis.interval(microseconds=round(limits["window_days"] * 86_400_000_000))
    deployed, failed = _deployed_and_failed(signals, week, now=now, settings=settings)
    all_runs = deployed.select("service", at="deployed_at", leaves_at="leaves_at", runs=1, timely=0, late=0)
    bad_runs = failed.select(
        "service", "at", "leaves_at", runs=0, timely=(~failed.late).cast("int8"), late=failed.late.cast("int8")
    )
    seconds = limits["window_days"] * 86_400
    moments = sweep(all_runs.union(bad_runs), ["service"], seconds=seconds, amounts=["runs", "timely", "late"])
    moments = moments.filter(moments["at"] <= ibis.literal(now.replace(tzinfo=None), type="timestamp(6)"))
    most = limits["max_failure_rate"] * moments.runs
    moments = moments.mutate(bad=moments.timely + moments.late, waits=moments.timely <= most)
    moments = moments.filter((moments.runs >= limits["min_deployments"]) & (moments.bad > most))
    return gather(
        _within_bad_weeks(failed, moments.mutate(rate=moments.bad / moments.runs)),
        worst_rate=_.worst_rate.max(),
        worst_failed=_.worst_failed.max(),
        worst_deployments=_.worst_deployments.max(),
    )


def _deployed_and_failed(signals: Table, week: Any, *, now: datetime, settings: Settings) -> tuple[Table, Table]:
    """Deployments until they leave the window; and those that failed, ``at`` which moment they count as that.

    ``counted_at`` is when that was known, ``late`` says that they had left the window then.
    """
    deployed, blamed = released(signals, now=now, settings=settings)
    deployed = deployed.mutate(leaves_at=deployed.deployed_at + week)
    known_at = blamed.group_by("deployment").agg(counted_at=blamed["at"].min())
    failed = deployed.inner_join(known_at, deployed.fingerprint == known_at.deployment)
    failed = failed.mutate(counted_at=ibis.greatest(failed.counted_at, failed.deployed_at))
    failed = failed.mutate(late=failed.counted_at >= failed.leaves_at)
    return deployed, failed.mutate(at=ibis.ifelse(failed.late, failed.deployed_at, failed.counted_at))


def _within_bad_weeks(failed: Table, moments: Table) -> Table:
    """The failed deployments that a bad moment after their failure still counts, with its service's worst moment.

    Each bad moment counts some of them, so the worst is one of theirs.
    """
    nothing = ibis.null(failed.deployed_at.type())
    marks = moments.select("service", "at", bad_at="at", id=ibis.null("string"), leaves_at=nothing)
    ends = failed.select("service", "at", bad_at=nothing, id="first_id", leaves_at="leaves_at")
    both = marks.union(ends)
    onward = ibis.range_window(group_by="service", order_by="at", preceding=0, following=None)
    both = both.mutate(bad_at=both.bad_at.min().over(onward))
    rows = both.filter(both.id.notnull() & (both.bad_at < both.leaves_at)).select("service", "id", "bad_at")
    rows = rows.inner_join(moments.select("service", "waits", bad_at="at"), ["service", "bad_at"])
    worst = ibis.struct({"rate": _.rate, "bad": _.bad})
    figures = moments.group_by("service").agg(
        worst_rate=_.rate.max(), worst_failed=_.bad.argmax(worst), worst_deployments=_.runs.argmax(worst)
    )
    all_told = failed.group_by("service").agg(told_at=failed.counted_at.max(where=failed.late))
    rows = rows.inner_join(figures, "service").inner_join(all_told, "service")
    rows = rows.inner_join(failed.select("team", "environment", "deployed_at", "counted_at", id="first_id"), "id")
    known_at = ibis.greatest(rows.bad_at, rows.counted_at, ibis.ifelse(rows.waits, rows.told_at, rows.bad_at))
    key = ibis.literal(f"{RULE.category}.change-failure-rate")
    return rows.mutate(pattern_key=key, known_at=known_at, at=rows.deployed_at)
