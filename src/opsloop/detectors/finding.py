"""The table that every detector returns: one row a pattern and service.

A detector first selects occurrences, one row each: ``pattern_key service id at`` (``id`` is the signal that shows
it, ``at`` when it happened), optionally ``known_at``, the moment from which on it could be told, and ``until``, when it
ended if it went on for a while; then ``gather`` folds them. Columns beyond the schema are the finding's metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.metrics.relations import each

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "known_at": "timestamp(6)",
}
"""What a finding always has. ``severity`` and ``priority`` are null where the rule decides; ``days`` are the UTC
dates on which it would have been found or found again, ``known_at`` the latest moment at which it was."""

KEYS: Final = ("pattern_key", "service")

WHOSE: Final = {"team": "teams", "environment": "environments"}
"""Columns of occurrences, and what findings call all that occurred there."""

EVIDENCE_LIMIT: Final = 200
"""A finding names its latest occurrences up to this many; ``count`` counts all."""


def gather(occurrences: Table, *, severity: Any = None, priority: Any = None, **metrics: Any) -> Table:
    """Fold occurrences into findings; ``severity``, ``priority`` and ``metrics`` are aggregations over them.

    One id counts once, in a table of several moments once for each. Occurrences without a pattern key are left out.
    Where they have a ``team`` or ``environment``, the finding has ``teams`` or ``environments``. See ``counted`` for
    millions of them.
    """
    rows = occurrences.filter(occurrences.pattern_key.notnull())
    known_at = rows.known_at if "known_at" in rows.columns else rows.at
    rows = rows.mutate(
        known_at=known_at, known_on=known_at.cast("date").cast("string"), service=rows.service.fill_null("")
    )
    ended_at: Any = ibis.greatest(rows.at, rows.until) if "until" in rows.columns else rows.at
    keys = (*each(rows), *KEYS)
    found = rows.group_by(*keys).agg(
        severity=ibis.null("string") if severity is None else severity,
        priority=ibis.null("string") if priority is None else priority,
        first_seen=rows.at.min(),
        last_seen=ended_at.max(),
        count=rows.id.nunique(),
        days=rows.known_on.collect(distinct=True),
        known_at=rows.known_at.max(),
        **{several: texts(rows[one]) for one, several in WHOSE.items() if one in rows.columns},
        **metrics,
    )
    shown = latest(rows, keys)
    shown = shown.group_by(*keys).agg(shown=ibis.struct({"at": shown.at, "id": shown.id}).collect(distinct=True))
    evidence = shown.select(*keys, evidence=shown.shown.sort().map(lambda one: one.id))
    found = found.inner_join(evidence, keys)
    return found.mutate(service=found.service.nullif(""), days=found.days.sort()).relocate(*SCHEMA)


def latest(rows: Table, keys: Sequence[str] = KEYS, *, tie: str = "id") -> Table:
    """The latest EVIDENCE_LIMIT occurrences of each pattern; ``tie`` decides between those of one instant."""
    newest = ibis.window(group_by=list(keys), order_by=[ibis.desc("at"), ibis.desc(tie)])
    return rows.mutate(newness=ibis.row_number().over(newest)).filter(_.newness < EVIDENCE_LIMIT).drop("newness")


def bumped(times: Any, base: str, raised: str, *, at: int = 3) -> Any:
    """A priority that rises when a pattern keeps recurring: ``raised`` from ``at`` times on."""
    return ibis.ifelse(times >= at, raised, base)


def texts(values: Any, where: Any = None) -> Any:
    """The distinct values that occurred, sorted; null ones are left out."""
    present = values.notnull() if where is None else values.notnull() & where
    return ibis.coalesce(values.collect(where=present, distinct=True).sort(), ibis.literal([], type="array<string>"))
