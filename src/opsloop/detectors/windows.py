"""Counting in moving windows at the cost of one sort: neighbours and sweep lines, no self-joins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.signals.table import Table


def crowded(rows: Table, keys: Sequence[str], *, times: int, days: float, tie: str = "id") -> Table:
    """The rows (with ``at`` and ``tie``) that belong to ``times`` or more of their key within ``days``, inclusive.

    A row belongs when one of the ``times`` windows of neighbours that hold it is short enough. ``known_at`` is the
    moment at which the earliest such window was complete; of rows with ``told_at`` (when it was known that they belong)
    also told. Rows with a null in ``keys`` belong to nothing.
    """
    rows = rows.filter([rows[key].notnull() for key in keys])
    told_at: Any = ibis.greatest(rows.at, rows.told_at) if "told_at" in rows.columns else rows.at
    if times < 2:
        return rows.mutate(known_at=told_at)
    ordered = {"group_by": list(keys), "order_by": ["at", tie]}
    longest = ibis.interval(microseconds=round(days * 86_400_000_000))
    first = rows.at.lag(times - 1).over(ibis.window(**ordered))
    all_told = told_at.max().over(ibis.window(preceding=times - 1, following=0, **ordered))
    rows = rows.mutate(complete_at=ibis.ifelse(rows.at <= first + longest, all_told, None))
    onward = ibis.window(preceding=0, following=times - 1, **ordered)
    rows = rows.mutate(known_at=rows.complete_at.min().over(onward)).drop("complete_at")
    return rows.filter(rows.known_at.notnull())


def crowded_days(counts: Table, keys: Sequence[str], *, times: int, days: float) -> tuple[Table, Table]:
    """What daily counts (``keys on_day n``) tell about ``crowded``: the days that surely belong, the keys in doubt.

    ``times`` within ``days`` - 1 calendar days are certainly within ``days``, so all rows of such days belong, and
    ``known_on`` is the day at whose end that was so. Keys for which some day stays in doubt need a look at single rows.
    """
    whole, most = int(days) - 1, math.ceil(days)
    counts = counts.filter([counts[key].notnull() for key in keys])
    counts = counts.mutate(number=counts.on_day.epoch_days().cast("int64"))
    if times < 2 or whole < 0:
        return counts.filter(ibis.literal(False)).mutate(known_on=counts.on_day), counts.select(*keys).distinct()
    surely, perhaps = (counts.n.sum().over(_days(keys, before=back)) for back in (whole, most))
    full = counts.mutate(full_on=ibis.ifelse(surely >= times, counts.number, None), perhaps=perhaps)
    full = full.mutate(
        full_on=full.full_on.min().over(_days(keys, after=whole)),
        most_ahead=full.perhaps.max().over(_days(keys, after=most)),
    ).cache()
    doubtful = full.filter(full.full_on.isnull() & (full.most_ahead >= times)).select(*keys).distinct()
    sure = full.filter(full.full_on.notnull()).anti_join(doubtful, keys)
    known_on = (sure.on_day + (sure.full_on - sure.number).as_interval("D")).cast("date")
    return sure.select(*keys, "on_day", known_on=known_on), doubtful


def _days(keys: Sequence[str], *, before: int = 0, after: int = 0) -> Any:
    return ibis.range_window(group_by=list(keys), order_by="number", preceding=before, following=after)


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


def microsecond(at: Any) -> Any:
    """A time as whole microseconds since 1970: what every engine can order a range window by."""
    return at.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond")


def seconds_between(later: Any, earlier: Any) -> Any:
    """``later - earlier`` in seconds, to the microsecond."""
    return later.delta(earlier, unit="microsecond") / 1_000_000
