"""Delivery got worse: a DORA band lost, or a significant fall against the quarter before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.delivery import released
from opsloop.detectors.dora import losses
from opsloop.detectors.finding import gather
from opsloop.errors import BadInput
from opsloop.metrics.moments import instant
from opsloop.metrics.relations import AS_OF, each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="process_bottleneck",
    area="change_management",
    priority="medium",
    severity="P4",
    definition="Of a service with at least {min_deployments} deployments in the last {recent_days} days and as many in "
    "the {before_days} days before: a DORA metric lost its band, or deployments became rarer (exact rate ratio test) "
    "or failed more often (Fisher's exact test) at {significance_ratio} significance.",
    summary="{service}: delivery got worse: {losses}",
    fixes={"missing_automation": "{losses}, over {count:deployment} against the {before_days} days before"},
    trigger="monitoring",
    reads=frozenset({"deployment", "incident", "change"}),
    action="Look at what changed in how this service is delivered.",
    dora="deployment_frequency | lead_time | change_failure_rate | mttr",
    reach_days=121,
    standing=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {
    "recent_days": 30,
    "before_days": 90,
    "min_deployments": 5,
    "significance_ratio": 0.05,
}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service, as of ``now``; its occurrences are the deployments since it got worse."""
    limits = thresholds(__name__, DEFAULTS, settings)
    for name in ("recent_days", "before_days"):
        if limits[name] < 1:
            msg = f"[detectors.dora_regression] {name} = {limits[name]}: at least 1 day is needed"
            raise BadInput(msg)
    columns = {AS_OF: "timestamp(6)", "service": "string", "losses": "string"}
    lost = ibis.memtable(losses(signals, now=now, settings=settings, limits=limits), schema=columns)
    lost = lost.select(*each(signals), "service", "losses")
    deployed, _blamed = released(signals, now=now, settings=settings)
    recent = instant(deployed, now) - ibis.interval(days=limits["recent_days"])
    rows = deployed.filter(deployed.deployed_at >= recent).inner_join(lost, [*each(deployed), "service"])
    rows = rows.mutate(
        pattern_key=ibis.literal(f"{RULE.category}.dora-regression"),
        id=rows.first_id,
        at=rows.deployed_at,
        known_at=instant(rows, now),
    )
    return gather(rows, losses=_.losses.max())
