"""A canary that saw errors rise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather, texts
from opsloop.metrics.relations import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="incident_pattern",
    area="change_management",
    priority="medium",
    severity="P3",
    definition="A canary failed.",
    summary="{service}: {count:failed canary|failed canaries}, error rate up by as much as {worst_rate}",
    fixes={"missing_automation": "{count:release} stopped by the canary: what it saw can be tested before"},
    trigger="deployment",
    reads=frozenset({"canary"}),
    action="Find what the canary saw, and let a check before the deployment see it.",
    dora="change_failure_rate",
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every failed canary, once a deployment."""
    _settings = settings
    rows = known(signals, now)
    rows = rows.filter((rows.kind == "canary") & (rows.status == "failed"))
    rows = rows.mutate(deployment=ibis.coalesce(rows.fingerprint, rows.id), team=rows.attrs.get("team"))
    order = rows.at.cast("string") + " " + rows.id
    rows = rows.group_by("deployment", "service").agg(
        id=rows.id.argmin(order),
        at=rows.at.min(),
        value=rows.value.max(),
        team=rows.team.max(),
        environment=rows.environment.max(),
    )
    return rows.mutate(pattern_key=ibis.literal(f"{RULE.category}.canary-regression"))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service."""
    thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    return gather(
        rows,
        priority=bumped(_.count(), RULE.priority, "high"),
        worst_rate=_.value.max(),
        deployments=texts(_.deployment),
    )
