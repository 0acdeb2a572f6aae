"""The table that every detector returns: one row a pattern and service.

A detector first selects occurrences, one row each: ``pattern_key service id at`` (``id`` is the signal that shows
it, ``at`` when it happened), optionally ``known_at``, the moment from which on it could be told; then ``gather``
folds them. Columns beyond the schema are the finding's metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

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

_KEYS: Final = ("pattern_key", "service")

EVIDENCE_LIMIT: Final = 500
"""A finding names its latest occurrences up to this many; ``count`` counts all."""


def gather(
    occurrences: Table, *, severity: Any = None, priority: Any = None, many: bool = False, **metrics: Any
) -> Table:
    """Fold occurrences into findings; ``severity``, ``priority`` and ``metrics`` are aggregations over them.

    One id counts once. Occurrences without a pattern key are left out. ``many``: there may be millions, and no id
    stands there twice; then days are added up first, and only the latest of them are sorted for evidence.
    """
    rows = occurrences.filter(occurrences.pattern_key.notnull())
    known_at = rows.known_at if "known_at" in rows.columns else rows.at
    rows = rows.mutate(known_day=known_at.cast("date"), service=rows.service.fill_null(""))
    found = rows.group_by(*_KEYS).agg(
        severity=ibis.null("string") if severity is None else severity,
        priority=ibis.null("string") if priority is None else priority,
        first_seen=rows.at.min(),
        last_seen=rows.at.max(),
        count=rows.count() if many else rows.id.nunique(),
        **metrics,
    )
    by_day = rows.group_by(*_KEYS, "known_day").agg(n=rows.count())
    by_day = by_day.mutate(day=by_day.known_day.cast("string"))
    days = by_day.group_by(*_KEYS).agg(days=by_day.day.collect(distinct=True))
    evidence = _evidence(_latest_days(rows) if many else rows)
    found = found.inner_join(days, _KEYS).inner_join(evidence, _KEYS)
    return found.mutate(service=found.service.nullif(""), days=found.days.sort()).relocate(*SCHEMA)


def _evidence(rows: Table) -> Table:
    """The ids of the latest EVIDENCE_LIMIT occurrences of each pattern, oldest first."""
    newest = ibis.window(group_by=list(_KEYS), order_by=[ibis.desc("at"), ibis.desc("id")])
    late = rows.mutate(newness=ibis.row_number().over(newest)).filter(_.newness < EVIDENCE_LIMIT)
    shown = late.group_by(*_KEYS).agg(shown=ibis.struct({"at": late.at, "id": late.id}).collect(distinct=True))
    return shown.select(*_KEYS, evidence=shown.shown.sort().map(lambda one: one.id))


def _latest_days(rows: Table) -> Table:
    """The occurrences of the latest days of each pattern that hold EVIDENCE_LIMIT of them, or all."""
    rows = rows.mutate(on_day=rows.at.cast("date"))
    by_day = rows.group_by(*_KEYS, "on_day").agg(n=rows.count())
    later = ibis.window(group_by=list(_KEYS), order_by=ibis.desc("on_day"), preceding=(None, 1))
    wanted = by_day.mutate(later=by_day.n.sum().over(later).fill_null(0)).filter(_.later < EVIDENCE_LIMIT)
    return rows.semi_join(wanted, [*_KEYS, "on_day"])


def bumped(times: Any, base: str, raised: str, *, at: int = 3) -> Any:
    """A priority that rises when a pattern keeps recurring: ``raised`` from ``at`` times on."""
    return ibis.ifelse(times >= at, raised, base)


def texts(values: Any, where: Any = None) -> Any:
    """The distinct values that occurred, sorted; null ones are left out."""
    present = values.notnull() if where is None else values.notnull() & where
    return values.collect(where=present, distinct=True).sort()
