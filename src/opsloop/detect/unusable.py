"""Signals that no detector could use, counted by reason: a figure with gaps says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.metrics.relations import count, known, moment
from opsloop.metrics.sharing import daily, sharing

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.signals.history import History
    from opsloop.signals.table import Table

_NAMED: Final = ("alert", "remediation", "sample", "sli")
_OF_A_SERVICE: Final = ("alert", "incident", "deployment", "remediation")
_REASONS: Final = {
    **{("service", kind): f"{kind} without a service: belongs to no service's pattern" for kind in _OF_A_SERVICE},
    **{("name", kind): f"{kind} without a name" for kind in _NAMED},
}


def unusable(history: History, *, now: datetime) -> list[dict[str, Any]]:
    """``reason`` and ``count`` of each reason that occurred; one scan, or what was kept of the days."""
    signals = history.signals
    seen = known(signals, now)
    with sharing(seen, history.rollups, until=now):
        days = lacking(seen)
        rows = days.group_by("lacks", "kind").agg(count=days.signals.sum()).to_pyarrow().to_pylist()
    counts = {_REASONS[row["lacks"], row["kind"]]: row["count"] for row in rows}
    counts["from the future"] = count(signals.filter(signals["at"] > moment(now)))
    reasons = ("from the future", *_REASONS.values())
    return [{"reason": reason, "count": counts[reason]} for reason in reasons if counts.get(reason)]


@daily(on="on_day")
def lacking(signals: Table) -> Table:
    """One row a kind and UTC day: how many ``signals`` of it lack what they need (``lacks``: service, name)."""
    without = {
        "service": signals.kind.isin(_OF_A_SERVICE) & signals.service.isnull(),
        "name": signals.kind.isin(_NAMED) & signals.name.isnull(),
    }
    rows = signals.mutate(on_day=signals["at"].cast("date"))
    parts = [
        rows.filter(missing).group_by("kind", "on_day").agg(signals=_.count()).mutate(lacks=ibis.literal(what))
        for what, missing in without.items()
    ]
    return ibis.union(*parts)
