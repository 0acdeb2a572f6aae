"""Toil: hands-on time that a machine should take over, per on-call shift."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.metrics import relations
from opsloop.metrics.scope import result
from opsloop.model import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

REPEATED_WITHIN_DAYS: Final = 30

DEFINITION: Final = (
    "Toil is hands-on time (duration_s) of manual remediations that are repetitive: of one remediation (service and"
    " name) the third and each later one within 30 days (inclusive) counts, the first two do not (SRE book, chapter"
    " 5). Per shift that ended in the window and its engineer: toil_s of what the engineer did between its start and"
    " end (half-open), shift_s: its length, ratio: toil_s / shift_s. Toil of the window outside every shift has no"
    " denominator: its shift_s and ratio are null. By week: the toil done and the shifts that ended in it."
)
"""What every figure means; printed with it."""


def compute(signals: Table, scope: Scope) -> Row:
    """One group a shift, and one an engineer whose toil fell into none; by service or week, one group each."""
    seen = relations.known(signals, scope.now)
    shifts, unusable = _shifts(seen, scope)
    earliest = min([scope.start, *(shift["start"] for shift in shifts)])
    done = remediations(seen)
    done = relations.fetch(
        done.filter((done.at >= relations.moment(earliest)) & (done.at < relations.moment(scope.end)))
    )
    done = [row for row in done if scope.service in (None, row["service"])]
    unusable["from the future"] = relations.from_the_future(signals, scope.now, "remediation", "shift")
    unusable["manual remediation without a duration"] = sum(not _lasted(row) and scope.holds(row["at"]) for row in done)
    toil = [row for row in done if row["repeated"] and _lasted(row)]
    if scope.by is None:
        groups = list(_by_shift(toil, shifts, scope))
    else:
        ended = [shift for shift in shifts if scope.by == "week" and scope.holds(shift["end"])]
        groups = [label | _figures(rows, _within(ended, part)) for label, part, rows in scope.groups(toil, "at")]
    return result(DEFINITION, scope, groups, unusable)


def remediations(signals: Table) -> Table:
    """One row a manual remediation: ``id at service name engineer rotates team duration_s repeated``.

    ``repeated``: at least two of the same service and name went before within 30 days.
    """
    rows = signals.filter((signals.kind == "remediation") & relations.says_yes(signals, "manual"))
    rows = rows.select(
        "id",
        "at",
        "service",
        "name",
        "duration_s",
        "environment",
        engineer=rows.attrs.get("engineer"),
        rotates=rows.attrs.get("rotates"),
        team=rows.attrs.get("team"),
    )
    second_last = rows.at.lag(2).over(ibis.window(group_by=["service", "name"], order_by=["at", "id"]))
    recent = second_last + ibis.interval(days=REPEATED_WITHIN_DAYS) >= rows.at
    return rows.mutate(repeated=recent.fill_null(False))


def _shifts(signals: Table, scope: Scope) -> tuple[list[Row], Counter[str]]:
    """Shifts that ended since the window began and started before its end, with ``start`` and ``end``."""
    told = signals.filter((signals.kind == "shift") & (signals.at >= relations.moment(scope.start)))
    rows = told.select("at", "duration_s", "fingerprint", "id", engineer=told.attrs.get("engineer"))
    shifts, unusable = {}, Counter[str]()
    for row in sorted(relations.fetch(rows), key=lambda row: (row["at"], row["id"])):
        if not row["engineer"]:
            unusable["shift without an engineer"] += scope.holds(row["at"])
        elif not _lasted(row):
            unusable["shift without a duration"] += scope.holds(row["at"])
        else:
            start = row["at"] - timedelta(seconds=row["duration_s"])
            shifts[row["fingerprint"] or row["id"]] = row | {"start": start, "end": row["at"]}
    return [shift for shift in shifts.values() if shift["start"] < scope.end], unusable


def _by_shift(toil: list[Row], shifts: list[Row], scope: Scope) -> Iterator[dict[str, Any]]:
    outside = {row["id"]: row for row in toil if scope.holds(row["at"])}
    by_engineer: defaultdict[str, list[Row]] = defaultdict(list)
    for row in sorted(toil, key=_at):
        by_engineer[row["engineer"]].append(row)
    for shift in shifts:
        own = by_engineer[shift["engineer"]]
        held = own[bisect_left(own, shift["start"], key=_at) : bisect_left(own, shift["end"], key=_at)]
        for row in held:
            outside.pop(row["id"], None)
        if scope.holds(shift["end"]):
            label = {"shift": shift["fingerprint"] or shift["id"], "engineer": shift["engineer"]}
            yield (
                label | {"from": format_time(shift["start"]), "to": format_time(shift["end"])} | _figures(held, [shift])
            )
    left: defaultdict[str, list[Row]] = defaultdict(list)
    for row in outside.values():
        left[row["engineer"]].append(row)
    for engineer in sorted(left, key=str):
        yield {"shift": None, "engineer": engineer, "from": None, "to": None} | _figures(left[engineer], [])


def _figures(toil: list[Row], shifts: list[Row]) -> dict[str, Any]:
    spent: defaultdict[str, float] = defaultdict(float)
    for row in toil:
        spent[row["name"]] += row["duration_s"]
    toil_s = math.fsum(row["duration_s"] for row in toil) if toil or shifts else None
    shift_s = math.fsum(shift["duration_s"] for shift in shifts) if shifts else None
    return {
        "toil_s": toil_s,
        "shift_s": shift_s,
        "ratio": toil_s / shift_s if toil_s is not None and shift_s else None,
        "by_remediation": dict(sorted(spent.items(), key=lambda item: (-item[1], str(item[0])))),
    }


def _within(shifts: list[Row], part: Scope) -> list[Row]:
    return [shift for shift in shifts if part.holds(shift["end"])]


def _at(row: Row) -> datetime:
    at: datetime = row["at"]
    return at


def _lasted(row: Row) -> bool:
    return row["duration_s"] is not None and row["duration_s"] > 0
