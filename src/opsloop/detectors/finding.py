"""The table that every detector returns: one row a pattern and service.

A detector first selects occurrences, one row each: ``pattern_key service id at`` (``id`` is the signal that shows
it, ``at`` when it happened), optionally ``known_at``, the moment from which on it could be told; then ``gather``
folds them. Columns beyond the schema are the finding's metrics.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import ibis

if TYPE_CHECKING:
    from opsloop.signals.table import Table

SCHEMA: Final = {
    "pattern_key": "string",
    "service": "string",
    "severity": "string",
    "priority": "string",
    "first_seen": "timestamp(6)",
    "last_seen": "timestamp(6)",
    "count": "int64",
    "evidence": "array<string>",
    "days": "array<string>",
}
"""What a finding always has. ``severity`` and ``priority`` are null where the rule decides; ``days`` are the UTC
dates on which it would have been found or found again."""

EVIDENCE_LIMIT: Final = 500
"""A finding names its latest occurrences up to this many; ``count`` counts all."""


def gather(occurrences: Table, *, severity: Any = None, priority: Any = None, **metrics: Any) -> Table:
    """Fold occurrences into findings; ``severity``, ``priority`` and ``metrics`` are aggregations over them.

    One id counts once. Occurrences without a pattern key are left out.
    """
    rows = occurrences.filter(occurrences.pattern_key.notnull())
    known_at = rows.known_at if "known_at" in rows.columns else rows.at
    rows = rows.mutate(known_day=known_at.cast("date").cast("string"), service=rows.service.fill_null(""))
    order = ibis.window(group_by=["pattern_key", "service"], order_by=[ibis.desc("at"), ibis.desc("id")])
    rows = rows.mutate(newness=ibis.row_number().over(order))
    late = rows.newness < EVIDENCE_LIMIT
    named = ibis.struct({"at": rows.at, "id": rows.id})
    found = rows.group_by("pattern_key", "service").agg(
        severity=ibis.null("string") if severity is None else severity,
        priority=ibis.null("string") if priority is None else priority,
        first_seen=rows.at.min(),
        last_seen=rows.at.max(),
        count=rows.id.nunique(),
        shown=named.collect(where=late, distinct=True),
        days=rows.known_day.collect(distinct=True),
        **metrics,
    )
    evidence = found.shown.sort().map(lambda one: one.id)
    found = found.mutate(service=found.service.nullif(""), evidence=evidence, days=found.days.sort()).drop("shown")
    return found.relocate(*SCHEMA)


def bumped(times: Any, base: str, raised: str, *, at: int = 3) -> Any:
    """A priority that rises when a pattern keeps recurring: ``raised`` from ``at`` times on."""
    return ibis.ifelse(times >= at, raised, base)


def on_day(when: Any) -> str:
    """A day as ``days`` holds it."""
    return date.isoformat(when)


def texts(values: Any, where: Any = None) -> Any:
    """The distinct values that occurred, sorted; null ones are left out."""
    present = values.notnull() if where is None else values.notnull() & where
    return values.collect(where=present, distinct=True).sort()
