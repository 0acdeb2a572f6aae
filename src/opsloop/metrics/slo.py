"""Where each service level objective stands: events, error budget, burn rates, and what the policy says."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.metrics import burn, relations
from opsloop.metrics.choices import Choices
from opsloop.metrics.openslo import DEFAULT_WINDOW_DAYS
from opsloop.metrics.scope import result, week_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Slo
    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

DEFINITION: Final = (
    "Per SLO, over its window_days ending at --to (of a week: at its end); all windows are half-open. sli: good / total"
    " events. budget: 1 - objective; budget_minutes: full outage that it pays for. budget_consumed: share of the"
    " budget that failed events have spent (1 is all). burn_rates: error rate / budget over a long and a short window;"
    " burning when both exceed the factor (budget share * window_days / long window); can_fire is false when the factor"
    " asks for an error rate of 100% or more; low_traffic when a single failure would reach it. policy: exhausted"
    " (nothing left: only reliability work), low (under {low:.0%} left: freeze risky changes), healthy (ship)."
    " The objective is the declared one, else the latest that the signals name."
)
"""What every figure means; printed with it."""

_MOST: Final = 2.0**53
"""Above this a float no longer counts one by one."""

_SPANS: Final = {name: burn.span(name) for window in burn.WINDOWS for name in (window.long, window.short)}


def compute(
    signals: Table, scope: Scope, declared: Mapping[str, Slo] | None = None, choices: Choices | None = None
) -> Row:
    """One group an SLO (and week), from the ``sli`` signals; ``declared`` are the SLOs that are known by name."""
    declared, choices = declared or {}, choices or Choices()
    events = indicators(relations.known(signals, scope.now), declared)
    groups: list[Row] = []
    for part in scope.weeks() if scope.by == "week" else [scope]:
        label = {"week": week_name(part.start)} if scope.by == "week" else {}
        states = _states(events, part.end, declared, scope.service)
        groups.extend(label | _figures(state, choices.budget_low_share) for state in states)
    longest = max(_window_lengths(declared))
    unusable = Counter({"from the future": relations.from_the_future(signals, scope.now, "sli")})
    refused = _ending(events.filter(events.refused.notnull()), scope.end, timedelta(days=longest))
    for row in relations.fetch(refused.group_by("refused").agg(count=refused.count())):
        unusable[row["refused"]] = row["count"]
    return result(DEFINITION.format(low=choices.budget_low_share), scope, groups, unusable)


def indicators(signals: Table, declared: Mapping[str, Slo]) -> Table:
    """The ``sli`` signals with ``good`` and ``total`` as numbers, and why one is ``refused`` (null: it is not).

    Those that name no service are their declaration's.
    """
    rows = signals.filter(signals.kind == "sli")
    homes = [(name, slo.service) for name, slo in sorted(declared.items()) if slo.service]
    service = ibis.coalesce(rows.service, rows.name.cases(*homes, else_=None)) if homes else rows.service
    rows = rows.select(
        *relations.each(rows),
        "name",
        "at",
        "id",
        "environment",
        service=service,
        team=rows.attrs.get("team"),
        good=rows.attrs.get("good").try_cast("float64"),
        total=rows.attrs.get("total").try_cast("float64"),
        named=rows.attrs.get("objective"),
        objective=rows.attrs.get("objective").try_cast("float64"),
    )
    is_count = rows.good.between(0, _MOST) & rows.total.between(0, _MOST)
    is_objective = rows.named.isnull() | ((rows.objective > 0) & (rows.objective < 1)).fill_null(False)
    refused = ibis.cases(
        (rows.name.isnull(), "indicator without a name"),
        (~is_count.fill_null(False), "good or total is missing or no count"),
        (rows.good > rows.total, "more good than total events"),
        (~is_objective, "objective that is no fraction between 0 and 1"),
        else_=ibis.null("string"),
    )
    return rows.mutate(refused=refused)


def _states(events: Table, end: datetime, declared: Mapping[str, Slo], service: str | None) -> list[Row]:
    """One row an SLO: its events in every window ending at ``end``, and its declaration."""
    lengths = {f"{days}d whole": timedelta(days=days) for days in _window_lengths(declared)} | _SPANS
    rows = _ending(events.filter(events.refused.isnull()), end, max(lengths.values()))
    order = rows.at.cast("string") + " " + rows.id
    sums = {
        f"{count} {name}": rows[count].sum(where=rows.at >= relations.moment(end - length))
        for name, length in lengths.items()
        for count in ("good", "total")
    }
    found = relations.fetch(
        rows.group_by("name", "service").agg(
            signal_objective=rows.objective.argmax(order, where=rows.objective.notnull()), **sums
        )
    )
    for row in found:
        slo = declared.get(row["name"])
        row["slo"] = slo if slo and slo.service in (None, row["service"]) else None
    silent = declared.keys() - {row["slo"].name for row in found if row["slo"]}
    found.extend({"name": name, "service": declared[name].service, "slo": declared[name]} for name in silent)
    chosen = [row for row in found if service in (None, row["service"])]
    return sorted(chosen, key=lambda row: (row["name"], row["service"] or ""))


def _figures(state: Row, low_share: float) -> dict[str, Any]:
    slo = state["slo"]
    objective = slo.objective if slo else state["signal_objective"]
    days = slo.window_days if slo else DEFAULT_WINDOW_DAYS
    good, total = _events(state, f"{days}d whole")
    consumed = burn.burn_rate(good, total, objective) if objective else None
    return {
        "slo": state["name"],
        "service": state["service"],
        "objective": objective,
        "sla_objective": slo.sla_objective if slo else None,
        "window_days": days,
        "good": good if total else None,
        "total": total or None,
        "sli": good / total if total else None,
        "budget": float(burn.budget(objective)) if objective else None,
        "budget_minutes": burn.budget_minutes(objective, days) if objective else None,
        "budget_consumed": None if consumed is None else float(consumed),
        "burn_rates": [_burn(window, state, objective, days) for window in burn.WINDOWS] if objective else [],
        "policy": None if consumed is None else burn.policy(consumed, low_share),
    }


def _burn(window: burn.BurnWindow, state: Row, objective: float, days: int) -> dict[str, Any]:
    factor = window.factor(days)
    long, short = (burn.burn_rate(*_events(state, name), objective) for name in (window.long, window.short))
    return {
        "long": {"window": window.long, "rate": None if long is None else float(long)},
        "short": {"window": window.short, "rate": None if short is None else float(short)},
        "factor": float(factor),
        "burning": burn.burning(long, short, factor),
        "can_fire": burn.can_fire(factor, objective),
        "low_traffic": burn.is_low_traffic(factor, objective, _events(state, window.long)[1]),
    }


def _events(state: Row, window: str) -> tuple[float, float]:
    """Good and all events of a window; whole numbers as such, none as 0."""
    good, total = (state.get(f"{count} {window}") or 0 for count in ("good", "total"))
    return _whole(good), _whole(total)


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _ending(rows: Table, end: datetime, length: timedelta) -> Table:
    return rows.filter((rows.at >= relations.moment(end - length)) & (rows.at < relations.moment(end)))


def _window_lengths(declared: Mapping[str, Slo]) -> list[int]:
    return sorted({DEFAULT_WINDOW_DAYS, *(slo.window_days for slo in declared.values())})
