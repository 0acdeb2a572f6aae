"""A rollback done by hand, without automated safeguards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.delivery import rollbacks
from opsloop.detectors.finding import bumped, gather

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
    definition="A production deployment was rolled back in rollback mode manual.",
    summary="{service} is rolled back by hand: {count:time}",
    fixes={"missing_automation": "{count:rollback} done by hand"},
    trigger="change_audit",
    reads=frozenset({"deployment"}),
    action="Roll back automatically on a failed canary or health check.",
    dora="mttr",
)
DEFAULTS: Final[Mapping[str, Any]] = {}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every rollback by hand."""
    rows = rollbacks(signals, now=now, settings=settings)
    return rows.filter(rows.manual).mutate(pattern_key=ibis.literal(f"{RULE.category}.manual-rollback"))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service."""
    thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    return gather(rows, priority=bumped(_.count(), RULE.priority, "high"))
