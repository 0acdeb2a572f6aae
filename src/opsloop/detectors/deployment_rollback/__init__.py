"""A deployment had to be rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.delivery import rollbacks
from opsloop.detectors.finding import bumped, gather, texts

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
    definition="A production deployment was rolled back, or another one rolled it back.",
    summary="{service}: {count:deployment} rolled back, {manual} by hand",
    fixes={"missing_automation": "{count:release} reached production that had to be taken back"},
    trigger="deployment",
    reads=frozenset({"deployment"}),
    action="Find what let the release pass: a missing test, canary or check.",
    dora="change_failure_rate",
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every rollback."""
    rows = rollbacks(signals, now=now, settings=settings)
    return rows.mutate(pattern_key=ibis.literal(f"{RULE.category}.deployment-rollback"))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service."""
    thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    return gather(
        rows,
        priority=bumped(_.count(), RULE.priority, "high"),
        manual=_.manual.sum(),
        deployments=texts(_.undone),
    )
