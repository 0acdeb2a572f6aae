"""Counting in moving windows at the cost of one sort: neighbours and sweep lines, no self-joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.signals.table import Table


def crowded(rows: Table, keys: Sequence[str], *, times: int, days: float) -> Table:
    """The rows (with ``at`` and ``id``) that belong to ``times`` or more of their key within ``days``, inclusive.

    A row belongs when one of the ``times`` windows of neighbours that hold it is short enough. ``known_at`` is the
    moment at which the earliest such window was complete. Rows with a null in ``keys`` belong to nothing.
    """
    if times < 2:
        return rows.mutate(known_at=rows.at)
    ordered = ibis.window(group_by=list(keys), order_by=["at", "id"])
    longest = ibis.interval(microseconds=round(days * 86_400_000_000))
    rows = rows.filter([rows[key].notnull() for key in keys])
    moments = {
        step: rows.at
        if step == 0
        else rows.at.lead(step).over(ordered)
        if step > 0
        else rows.at.lag(-step).over(ordered)
        for step in range(1 - times, times)
    }
    columns = {f"near_{step + times}": moment for step, moment in moments.items()}
    rows = rows.mutate(**columns)
    complete = [
        ibis.ifelse(
            rows[f"near_{last + times}"] <= rows[f"near_{last + 1}"] + longest, rows[f"near_{last + times}"], None
        )
        for last in range(times)
    ]
    rows = rows.mutate(known_at=ibis.coalesce(*complete)).drop(*columns)
    return rows.filter(rows.known_at.notnull())


def sweep(rows: Table, keys: Sequence[str], *, seconds: float, amounts: Sequence[str]) -> Table:
    """Sums of ``amounts`` in the moving window ``(moment - seconds, moment]``, at each moment at which they change.

    A row counts from its ``at`` on and no more at ``leaves_at`` (where there is that column, else ``at + seconds``).
    Returns one row a key and moment: ``keys, at, *amounts``.
    """
    span = ibis.interval(microseconds=round(seconds * 1_000_000))
    leaves = rows.leaves_at if "leaves_at" in rows.columns else rows.at + span
    enter = rows.select(*keys, *amounts, at=rows.at)
    leave = rows.select(*keys, **{name: -rows[name] for name in amounts}, at=leaves)
    steps = enter.union(leave.select(*enter.columns))
    steps = steps.group_by(*keys, "at").agg(**{name: steps[name].sum() for name in amounts})
    so_far = ibis.cumulative_window(group_by=list(keys), order_by="at")
    return steps.mutate(**{name: steps[name].sum().over(so_far) for name in amounts})


def seconds_between(later: Any, earlier: Any) -> Any:
    """``later - earlier`` in seconds, to the microsecond."""
    return later.delta(earlier, unit="microsecond") / 1_000_000
