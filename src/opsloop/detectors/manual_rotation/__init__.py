"""A certificate, credential or secret was rotated by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.pattern import pattern_key
from opsloop.metrics.relations import known
from opsloop.metrics.toil import remediations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="toil_accumulation",
    area="automation",
    priority="medium",
    definition="A manual remediation rotates one of: {rotated}.",
    summary="{service}: {rotates} rotated by hand {count:time}, {toil_s} in all",
    fixes={"missing_automation": "{count:rotation} by hand took {toil_s}; a forgotten one is an outage"},
    trigger="on_call_handoff",
    reads=frozenset({"remediation"}),
    action="Let a machine rotate it, well before it expires.",
)
DEFAULTS: Final[Mapping[str, Any]] = {"rotated": ("certificate", "credential", "secret")}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every rotation by hand, by what was rotated."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = remediations(known(signals, now))
    rows = rows.mutate(rotates=rows.rotates.lower())
    rows = rows.filter(rows.rotates.isin([name.lower() for name in limits["rotated"]]))
    return rows.mutate(pattern_key=pattern_key(RULE.category, ibis.literal("rotation"), rows.rotates))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service and kind of secret."""
    rows = occurrences(signals, now=now, settings=settings)
    return gather(
        rows,
        priority=bumped(_.count(), RULE.priority, "high"),
        rotates=_.rotates.max(),
        toil_s=_.duration_s.sum(where=_.duration_s > 0),
        engineers=_.engineer.nunique().nullif(0),
    )
