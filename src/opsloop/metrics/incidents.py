"""How often incidents happen, and how long until they are detected, acknowledged and resolved."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from opsloop.metrics import relations
from opsloop.metrics.durations import full_summary
from opsloop.metrics.scope import result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

TARGETS: Final = {"P1": timedelta(hours=4), "P2": timedelta(hours=8), "P3": timedelta(hours=24)}
"""The mission's limits for the time to resolve; P4 has none."""

REPEAT_WITHIN: Final = timedelta(days=30)

DEFINITION: Final = (
    "Incidents that began (impact started, else detected) in the window. ttd_s: detected - started. tta_s:"
    " acknowledged - detected. ttr_s: resolved - detected, or - started where no detection is known"
    " (ttr_from_started counts these). Durations are skewed: median with its exact 95% interval (from 6 values), p90"
    " (linear), and the mean only beside them. Negative intervals are unusable. open: not resolved. over_target: time"
    " to resolve above P1 4 h, P2 8 h, P3 24 h, open ones past it included; share of the incidents that have a target"
    " and a usable time. repeats_30d: incidents within 30 days (inclusive) after an earlier one of the same"
    " pattern_key or, where either has none, of the same service."
)
"""What every figure means; printed with it."""

_INTERVALS: Final = (
    ("ttd_s", "started_at", "detected_at", "incident detected before it started"),
    ("tta_s", "detected_at", "acknowledged_at", "incident acknowledged before it was detected"),
    ("ttr_s", "created_at", "resolved_at", "incident resolved before it began"),
)


def compute(signals: Table, scope: Scope) -> Row:
    """Statistics of the incidents that began in the window, with all that is known of them now."""
    seen = relations.known(signals, scope.now)
    table = relations.incidents(seen)
    rows = relations.fetch(table.filter(table.first_at < relations.moment(scope.end)))
    unusable = Counter(
        {
            "from the future": relations.from_the_future(signals, scope.now, "incident"),
            "incident neither started nor detected": sum(
                row["began_at"] is None and scope.holds(row["first_at"]) and scope.service in (None, row["service"])
                for row in rows
            ),
        }
    )
    rows = [row | {"created_at": row["detected_at"] or row["started_at"]} for row in rows if row["began_at"]]
    repeated = repeats(rows)
    groups = []
    for label, _, chosen in scope.groups(rows, "began_at"):
        groups.append(label | _figures(chosen, repeated, scope.now))
        unusable.update(
            reason for row in chosen for _, first, last, reason in _INTERVALS if _is_negative(row, first, last)
        )
    return result(DEFINITION, scope, groups, unusable)


def repeats(rows: Iterable[Row]) -> set[str]:
    """Fingerprints of the incidents that follow an earlier one of their kind within 30 days.

    ``rows`` need ``fingerprint``, ``began_at``, ``pattern_key`` and ``service``. Linear after one sort: only the
    latest earlier one of each key matters.
    """
    latest: dict[tuple[str, Any], datetime] = {}
    found = set()
    in_order = sorted(rows, key=itemgetter("began_at"))
    for began, together in groupby(in_order, key=itemgetter("began_at")):
        begun = list(together)
        for row in begun:
            earlier = [latest[key] for key in _asks(row) if key in latest]
            if earlier and began - max(earlier) <= REPEAT_WITHIN:
                found.add(row["fingerprint"])
        latest.update((key, began) for row in begun for key in _answers(row))
    return found


def over_target(row: Row, now: datetime) -> bool | None:
    """Whether it took longer than its severity allows, or has by now; None without a target or a usable time."""
    target = TARGETS.get(row["severity"])
    took = (row["resolved_at"] or now) - row["created_at"]
    return None if target is None or took < timedelta(0) else took > target


def _figures(rows: list[Row], repeated: set[str], now: datetime) -> dict[str, Any]:
    judged = [over for row in rows if (over := over_target(row, now)) is not None]
    figures: dict[str, Any] = {"n": len(rows) or None, "open": sum(row["open"] for row in rows) if rows else None}
    for name, first, last, _ in _INTERVALS:
        figures[name] = full_summary(
            [
                (row[last] - row[first]).total_seconds()
                for row in rows
                if row[first] and row[last] and not _is_negative(row, first, last)
            ]
        )
    return figures | {
        "ttr_from_started": sum(row["detected_at"] is None and row["resolved_at"] is not None for row in rows)
        if rows
        else None,
        "over_target": {
            "count": sum(judged) if rows else None,
            "share": sum(judged) / len(judged) if judged else None,
        },
        "repeats_30d": sum(row["fingerprint"] in repeated for row in rows) if rows else None,
    }


def _is_negative(row: Row, first: str, last: str) -> bool:
    return bool(row[first] and row[last] and row[last] < row[first])


def _pattern(row: Row) -> str:
    """Its pattern key, which may come with its category or without, in any case; empty where nobody named one."""
    return (row["pattern_key"] or "").strip().lower().removeprefix("incident_pattern.")


def _asks(row: Row) -> list[tuple[str, Any]]:
    """The keys under which an earlier incident of the same kind may be remembered."""
    pattern, service = _pattern(row), row["service"]
    if pattern:
        return [("pattern", pattern), *([("unnamed", service)] if service else [])]
    return [("service", service)] if service else []


def _answers(row: Row) -> list[tuple[str, Any]]:
    """The keys under which an incident is remembered for later ones."""
    pattern, service = _pattern(row), row["service"]
    named = [("pattern", pattern)] if pattern else [("unnamed", service)]
    return [*named, ("service", service)]
