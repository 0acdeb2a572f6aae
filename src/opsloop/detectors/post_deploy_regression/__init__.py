"""An incident that counts against a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.delivery import released
from opsloop.detectors.finding import bumped, gather, texts
from opsloop.detectors.incidents import first_told, patterned
from opsloop.detectors.windows import seconds_between
from opsloop.metrics.choices import Choices
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
    definition="An incident names a deployment, or began within the attribution time ([metrics] attribution_hours, "
    "inclusive) after the latest deployment of its service.",
    summary="{service}: {count:incident} after a deployment, {linked} named it",
    fixes={"missing_automation": "{count:incident} began {median_delay_s} (median) after a deployment"},
    trigger="deployment",
    reads=frozenset({"deployment", "incident"}),
    action="Add a canary or a check that sees this before all users do.",
    dora="change_failure_rate",
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a deployed service."""
    thresholds(__name__, DEFAULTS, settings)
    deployed, blamed = released(signals, now=now, settings=settings)
    blamed = blamed.filter(blamed.cause == "incident")
    told = patterned(signals, now=now).select(
        "fingerprint", "id", "severity", "ttr_s", "team", "root_cause", "environment", of_service="service"
    )
    rows = blamed.inner_join(told, "fingerprint")
    rows = rows.left_join(first_told(known(signals, now), "deployment"), "fingerprint").drop("fingerprint_right")
    rows = rows.inner_join(deployed.select("service", deployment="fingerprint"), "deployment")
    hours = Choices.read(settings.metrics).attribution_hours
    rows = rows.mutate(
        pattern_key=ibis.literal(f"{RULE.category}.post-deploy-regression"),
        delay_s=ibis.greatest(seconds_between(rows.at, rows.deployed_at), 0.0),  # while it was rolled out: at once
        known_at=_known_at(rows, hours=hours),
    )
    worst = _.severity.min()
    return gather(
        rows,
        severity=worst,
        priority=ibis.ifelse(worst.isin(["P1", "P2"]), "high", bumped(_.count(), RULE.priority, "high")),
        linked=_.linked.sum(),
        median_delay_s=_.delay_s.median(),
        mttr_s=_.ttr_s.mean(),
        root_causes=texts(_.root_cause),
        deployments=texts(_.deployment),
    )


def _known_at(rows: Table, *, hours: float) -> Any:
    """When an incident was known to count: as it began, where time alone says so; else when it named its deployment."""
    latest = rows.deployed_at + ibis.interval(seconds=round(hours * 3600))
    by_time = (rows.of_service == rows.service) & (rows.at >= rows.deployed_at) & (rows.at <= latest)
    named_at = ibis.greatest(rows.at, rows.deployed_at, rows.told_at)
    return ibis.ifelse(by_time.fill_null(False), rows.at, named_at)
