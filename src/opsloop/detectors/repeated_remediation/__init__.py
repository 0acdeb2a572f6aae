"""The same remediation by hand, three times or more in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.detectors.windows import crowded
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
    definition="{min_times} or more manual remediations of one name and service within {window_days} days (inclusive).",
    summary="{remediation} on {service} by hand: {count:time}, {toil_s} in all",
    fixes={"missing_automation": "{count:time} by hand, {toil_s} of work"},
    trigger="on_call_handoff",
    reads=frozenset({"remediation"}),
    action="Automate it.",
)
DEFAULTS: Final[Mapping[str, Any]] = {"min_times": 3, "window_days": 30.0}


def occurrences(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """Every manual remediation, by its name."""
    _settings = settings
    rows = with_slug(remediations(known(signals, now)), "name", name="slug")
    return rows.mutate(pattern_key=pattern_key(RULE.category, rows.slug), service=rows.service.fill_null(""))


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a remediation and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = occurrences(signals, now=now, settings=settings)
    rows = crowded(rows, ("pattern_key", "service"), times=limits["min_times"], days=limits["window_days"])
    worked_s: Any = ibis.ifelse(_.duration_s > 0, _.duration_s, None)
    return gather(
        rows,
        priority=bumped(_.count(), RULE.priority, "high", at=2 * limits["min_times"]),
        remediation=_.name.max(),
        toil_s=worked_s.sum(),
        toil_each_s=worked_s.median(),
        engineers=_.engineer.nunique().nullif(0),
    )
