"""Signals that no detector could use, counted by reason: a figure with gaps says so.

What belongs to no service is no gap: detectors find its patterns like any other. Only deployments are missed then,
by what is counted of a service's deployments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.metrics.relations import count, incidents, known, moment, says_yes
from opsloop.metrics.saturation import THRESHOLDS, usable
from opsloop.metrics.sharing import daily, sharing
from opsloop.metrics.slo import indicators
from opsloop.signals.table import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.signals.history import History
    from opsloop.signals.table import Table

_FUTURE: Final = "from the future"
_QUEUES: Final = ("queue_depth", "consumers")


def unusable(history: History, *, now: datetime) -> list[dict[str, Any]]:
    """``reason`` and ``count`` of each reason that occurred; one look at each kind, or at what was kept of its days."""
    signals = history.signals
    seen = known(signals, now)
    with sharing(seen, history.rollups, until=now):
        days = lacking(seen)
        rows = days.group_by("lacks").agg(count=days.signals.sum()).to_pyarrow().to_pylist()
        counts = {row["lacks"]: row["count"] for row in rows} | _of_things(seen)
    counts[_FUTURE] = count(signals.filter(signals["at"] > moment(now)))
    reasons = sorted(counts, key=lambda reason: (reason != _FUTURE, reason))
    return [{"reason": reason, "count": counts[reason]} for reason in reasons if counts[reason]]


@daily(on="on_day")
def lacking(signals: Table) -> Table:
    """One row a reason and UTC day: how many ``signals`` cannot be used for what they say alone (``lacks``)."""
    return ibis.union(
        *(
            rows.group_by(lacks=lacks, on_day=rows["at"].cast("date")).agg(signals=_.count())
            for rows, lacks in _lacking(signals)
        )
    )


def _lacking(signals: Table) -> Iterator[tuple[Table, Any]]:
    """Of each kind the signals that lack something, and what it is: the first that they lack counts."""
    alerts, deployments, samples, shifts, remediations = (
        signals.filter(signals.kind == kind) for kind in ("alert", "deployment", "sample", "shift", "remediation")
    )
    of_incident = alerts.attrs.get("incident").notnull()
    yield _where(alerts, (alerts.name.isnull() & ~of_incident, "alert without a name"))
    homeless = (deployments.status == "succeeded") & deployments.service.isnull()
    yield _where(deployments, (homeless, "deployment without a service: no rate counts it"))
    yield _where(
        samples,
        (samples.name.isnull(), "sample without a name"),
        (samples.name.isin(sorted(THRESHOLDS)) & ~usable(samples), "sample that is no ratio between 0 and 1"),
        (samples.name.isin(_QUEUES) & ~(samples.value >= 0).fill_null(False), "sample of a queue without a count"),
    )
    yield _where(
        shifts,
        (~(shifts.duration_s > 0).fill_null(False), "shift without a duration"),
        (shifts.attrs.get("engineer").isnull(), "shift without an engineer"),
    )
    by_hand = remediations.filter(says_yes(remediations, "manual"))
    known_work = (by_hand.duration_s > 0).fill_null(False) & by_hand.attrs.get("engineer").notnull()
    nameless = by_hand.name.isnull() & by_hand.attrs.get("rotates").isnull()
    yield _where(
        by_hand,
        ((by_hand.duration_s < 0).fill_null(False), "remediation with a negative duration: its time is not counted"),
        (nameless & ~known_work, "remediation without a name"),
    )
    refused = indicators(signals, {})
    refused = refused.filter(refused.refused.notnull())
    yield refused, ibis.literal("sli: ") + refused.refused


def _where(rows: Table, *reasons: tuple[Any, str]) -> tuple[Table, Any]:
    rows = rows.mutate(lacks=ibis.cases(*reasons, else_=ibis.null("string")))
    rows = rows.filter(rows.lacks.notnull())
    return rows, rows.lacks


def _of_things(seen: Table) -> dict[str, int]:
    """Signals that the others of their incident, approval or alert leave without a meaning."""
    return _of_incidents(seen) | _of_approvals(seen) | {"alert resolved without a firing": _orphans(seen)}


def _of_incidents(seen: Table) -> dict[str, int]:
    """The reasons of ``metrics.incidents``: an incident that never began is nothing, an interval below 0 none."""
    rows = incidents(seen)
    opened = ibis.coalesce(rows.detected_at, rows.started_at)
    return _sums(
        rows,
        {
            "incident neither started nor detected": rows.signals.sum(where=rows.began_at.isnull()),
            "incident detected before it started": (rows.detected_at < rows.started_at).sum(),
            "incident resolved before it began": (rows.resolved_at < opened).sum(),
        },
    )


def _of_approvals(seen: Table) -> dict[str, int]:
    told = seen.filter(seen.kind == "approval")
    asks = told.status == "requested"
    rows = told.group_by(fingerprint=ibis.coalesce(told.fingerprint, told.id)).agg(
        asked_at=told["at"].min(where=asks), answered_at=told["at"].max(where=~asks), answers=(~asks).sum()
    )
    return _sums(
        rows,
        {
            "approval answered before it was asked for": rows.answers.sum(where=rows.answered_at < rows.asked_at),
            "approval answered that nobody asked for": rows.answers.sum(where=rows.asked_at.isnull()),
        },
    )


def _sums(rows: Table, sums: dict[str, Any]) -> dict[str, int]:
    (found,) = rows.agg(**sums).to_pyarrow().to_pylist()
    return {reason: int(number or 0) for reason, number in found.items()}


def _orphans(seen: Table) -> int:
    """Resolves that no firing of their series precedes, from the sums of days."""
    days = early_resolves(seen)
    first = days.group_by("series").agg(first_on=days.on_day.min(where=days.fired))
    early = days.filter(days.early > 0).inner_join(first, "series")
    early = early.filter(early.first_on.isnull() | (early.on_day <= early.first_on))
    return int(early.early.sum().fill_null(0).to_pyarrow().as_py())


@daily(on="on_day")
def early_resolves(signals: Table) -> Table:
    """One row an alert series and UTC day: whether it ``fired`` then, and how many resolves came before that."""
    rows = signals.filter((signals.kind == "alert") & signals.status.isin(["firing", "resolved"]))
    rows = rows.filter(rows.name.notnull())
    nothing, without = ibis.null("string"), rows.fingerprint.isnull()
    of_monitor = [ibis.ifelse(without, part, nothing) for part in (rows.service, rows.name)]
    rows = rows.select(
        "at",
        on_day=rows["at"].cast("date"),
        series=digest(rows, rows.fingerprint, *of_monitor),
        fires=_.status == "firing",
    )
    rows = rows.mutate(first_at=rows["at"].min(where=rows.fires).over(group_by=["series", "on_day"]))
    early = ~rows.fires & (rows.first_at.isnull() | (rows["at"] < rows.first_at))
    return rows.group_by("series", "on_day").agg(fired=rows.fires.any(), early=early.sum())
