"""``metrics``: one family of figures over a window, each with its definition."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from opsloop.config import Slo
    from opsloop.metrics.choices import Choices
    from opsloop.metrics.scope import By
    from opsloop.verbs.doctor import Trouble
    from opsloop.verbs.workspace import Workspace

FAMILIES: Final = ("dora", "incidents", "slo", "toil", "alerts", "capacity")


def metrics(
    ws: Workspace,
    family: str,
    *,
    service: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    by: By | None = None,
    thresholds: Sequence[str] = (),
) -> dict[str, Any]:
    """Compute one of FAMILIES over [start, end): by default the last ``[metrics] window_days`` until now.

    ``thresholds`` (``cpu=0.85``) are for capacity. Raises BadInput for what does not fit.
    """
    from opsloop.metrics.choices import Choices
    from opsloop.metrics.scope import Scope
    from opsloop.signals.table import open_table

    if family not in FAMILIES:
        msg = f"no metrics {family!r}; there are {' '.join(FAMILIES)}"
        raise BadInput(msg)
    if thresholds and family != "capacity":
        msg = f"--threshold belongs to metrics capacity, not to {family}"
        raise BadInput(msg)
    choices = Choices.read(ws.settings.metrics)
    end = end or ws.now
    start = start or end - timedelta(days=choices.window_days)
    scope = Scope(start=start, end=end, now=ws.now, service=service, by=by)
    extras = _extras(ws, family, choices, thresholds)
    table = open_table(ws.store, ws.settings.engine)
    document: dict[str, Any] = import_module(f"opsloop.metrics.{family}").compute(table, scope, **extras)
    return document


def declared_slos(ws: Workspace) -> dict[str, Slo]:
    """Every SLO that the settings or ``slo/*.yaml`` declare, by name; raises BadInput where two differ."""
    from opsloop.metrics.openslo import declared

    return declared(ws.root, ws.settings.slo)


def objectives(ws: Workspace) -> Iterator[Trouble]:
    """Doctor's check of the SLOs and metrics settings: contradictions are raised, what is useless is yielded."""
    from opsloop.metrics import burn
    from opsloop.metrics.choices import Choices
    from opsloop.metrics.openslo import doubts
    from opsloop.verbs.doctor import Trouble

    Choices.read(ws.settings.metrics)
    for where, what in doubts(ws.root):
        yield Trouble(
            check="objectives",
            where=where,
            what=what,
            fix="write it for OpenSLO v1 with a rolling window and budgetingMethod Occurrences, or mind the difference",
        )
    for slo in declared_slos(ws).values():
        dead = [pair for pair in burn.WINDOWS if not burn.can_fire(pair.factor(slo.window_days), slo.objective)]
        for pair in dead:
            yield Trouble(
                check="objectives",
                where=f"SLO {slo.name}",
                what=f"its {pair.long} burn alert waits for an error rate of 100% or more and can never fire",
                fix="choose a stricter objective, or rely on the slower windows",
            )


def _extras(ws: Workspace, family: str, choices: Choices, thresholds: Sequence[str]) -> dict[str, Any]:
    """What a family needs to know beyond signals and scope."""
    if family == "dora":
        return {"choices": choices}
    if family == "slo":
        return {"choices": choices, "declared": declared_slos(ws)}
    if family == "capacity":
        from opsloop.metrics.capacity import read_threshold

        return {"thresholds": dict(map(read_threshold, thresholds))}
    return {}
