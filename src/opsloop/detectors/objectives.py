"""SLO events with the objective that holds for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.metrics import burn
from opsloop.metrics.openslo import DEFAULT_WINDOW_DAYS
from opsloop.metrics.relations import each, known
from opsloop.metrics.slo import indicators

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

_DIGITS: Final = 12
"""1 - 0.999 as people mean it, and not as floats subtract."""

EVENT_DIGITS: Final = 9
"""To these the events that a budget bears are rounded: 0.29 times 100 is 29, also where floats say a trace less."""


def with_objective(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """The usable ``sli`` signals (``id name service at good total``) with ``bad`` events, ``objective``, ``budget``,
    ``window_days`` and ``sla_objective``.

    What is declared for the service, or for any, wins over what the signals of the SLO and service say, of which the
    latest holds. Without an objective: left out.
    """
    declared = {slo.name: slo for slo in settings.slo}
    rows = indicators(known(signals, now), declared)
    rows = rows.filter(rows.refused.isnull()).mutate(of=_.service.fill_null(""))
    slo = [*each(rows), "name", "of"]
    latest = (
        rows.filter(rows.objective.notnull())
        .group_by(slo)
        .agg(told=rows.objective.argmax(rows.at.cast("string") + " " + rows.id, where=rows.objective.notnull()))
    )
    rows = rows.left_join(latest, slo)
    rows = rows.drop(*(f"{key}_right" for key in slo), "of", "objective", "named", "refused")
    known_as = sorted(declared)
    homes = [(name, home) for name in known_as if (home := declared[name].service)]
    home = _by_name(rows.name, homes, ibis.null("string"))
    declared_as = ibis.ifelse(home.isnull() | (home == rows.service), rows.name, None)
    objective = _by_name(declared_as, [(name, declared[name].objective) for name in known_as], rows.told)
    rows = rows.mutate(
        objective=objective,
        window_days=_by_name(
            declared_as, [(name, declared[name].window_days) for name in known_as], ibis.literal(DEFAULT_WINDOW_DAYS)
        ),
        sla_objective=_by_name(
            declared_as,
            [(name, sla) for name in known_as if (sla := declared[name].sla_objective)],
            ibis.null("float64"),
        ),
    )
    rows = rows.filter(rows.objective.notnull())
    exact = [(name, float(burn.budget(declared[name].objective))) for name in known_as]
    budget = _by_name(declared_as, exact, (1 - rows.told).round(_DIGITS))
    return rows.mutate(budget=budget, bad=rows.total - rows.good).drop("told")


def _by_name(name: Any, values: list[tuple[str, Any]], otherwise: Any) -> Any:
    return name.cases(*values, else_=otherwise) if values else otherwise
