"""Signals that no detector could use, counted by reason: a figure with gaps says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.metrics.relations import moment

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.signals.table import Table

_NAMED: Final = ("alert", "remediation", "sample", "sli")
_OF_A_SERVICE: Final = ("alert", "incident", "deployment", "remediation")


def unusable(signals: Table, *, now: datetime) -> list[dict[str, Any]]:
    """``reason`` and ``count`` of each reason that occurred; one scan."""
    future = signals.at > moment(now)
    reasons = {"from the future": future}
    for kind in _OF_A_SERVICE:
        reasons[f"{kind} without a service: belongs to no service's pattern"] = (
            (signals.kind == kind) & signals.service.isnull() & ~future
        )
    for kind in _NAMED:
        reasons[f"{kind} without a name"] = (signals.kind == kind) & signals.name.isnull() & ~future
    counts = {f"reason_{number}": condition.sum() for number, condition in enumerate(reasons.values())}
    row = signals.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return [
        {"reason": reason, "count": row[f"reason_{number}"]}
        for number, reason in enumerate(reasons)
        if row[f"reason_{number}"]
    ]
