"""How long a resource stayed above its threshold: samples folded into runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.signals.table import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.signals.table import Table

THRESHOLDS: Final = {"cpu": 0.85, "memory": 0.9, "disk": 0.85, "connection_pool": 0.8}
"""The mission's limits, as ratios of what there is; strictly above counts."""

LASTING: Final = {"cpu": timedelta(minutes=15)}
"""A run counts when it lasts strictly longer than this; of other resources every run counts."""

SERIES: Final = ("service", "name", "resource")
"""What one series of samples is of: ``resource`` is the attribute, such as a node; null where there is none."""


def samples(signals: Table, names: Mapping[str, float]) -> Table:
    """The usable samples of the named resources: a ratio between 0 and 1, with its ``resource``."""
    rows = signals.filter((signals.kind == "sample") & signals.name.isin(sorted(names)))
    rows = rows.filter(usable(rows))
    told = {name: rows.attrs.get(name) for name in ("resource", "team")}
    return rows.select("service", "name", "at", "value", "id", "environment", **told)


def usable(rows: Table) -> Any:
    """Whether a sample's value is a ratio; NaN and null are not."""
    return rows.value.between(0, 1).fill_null(False)


def runs(rows: Table, thresholds: Mapping[str, float]) -> Table:
    """The runs of ``samples``: ``service name resource threshold from_at to_at max samples first_id team environment``.

    A run lasts from its first to its last sample above the threshold. A sample at or below it ends the run, and so
    does a gap longer than twice the median interval of that series. No minimum duration yet: see ``lasting``.
    """
    threshold = rows.name.cases(*sorted(thresholds.items()))
    rows = rows.mutate(
        threshold=threshold,
        above=rows.value > threshold,
        series=digest(rows, rows.service, rows.name, rows.resource),
        tie=digest(rows, rows.id, rows.id),
    )
    in_time = {"group_by": "series", "order_by": ["at", "value", "tie"]}
    ordered = ibis.window(**in_time)
    steps = rows.select("series", "at", "value", "tie", "above")  # texts stay out of the sort
    steps = steps.mutate(was_above=steps.above.lag().over(ordered), earlier=steps.at.lag().over(ordered))
    steps = steps.mutate(gap_us=steps.at.delta(steps.earlier, unit="microsecond"))
    usual = steps.group_by("series").agg(usual_us=steps.gap_us.nullif(0).median())
    steps = steps.filter(steps.above).inner_join(usual, "series")
    goes_on = steps.was_above & (steps.gap_us <= 2 * steps.usual_us.fill_null(0))
    steps = steps.mutate(starts=~goes_on.fill_null(False))
    steps = steps.mutate(run=steps.starts.cast("int64").sum().over(ibis.cumulative_window(**in_time)))
    of_sample = ["series", "at", "tie"]
    rows = rows.filter(rows.above).inner_join(steps.select(*of_sample, "starts", "run"), of_sample)
    return rows.group_by(*SERIES, "threshold", "run").agg(
        from_at=rows.at.min(),
        to_at=rows.at.max(),
        max=rows.value.max(),
        samples=rows.count(),
        first_id=rows.id.max(where=rows.starts),
        team=rows.team.max(),
        environment=rows.environment.max(),
    )


def lasting(rows: Table, durations: Mapping[str, timedelta] | None = None) -> Table:
    """The ``runs`` that last long enough to count; ``durations`` by resource name, by default LASTING."""
    wanted = LASTING if durations is None else durations
    seconds = [(name, round(span.total_seconds() * 1_000_000)) for name, span in sorted(wanted.items())]
    if not seconds:
        return rows
    least = rows.name.cases(*seconds, else_=-1)
    return rows.filter(rows.to_at.delta(rows.from_at, unit="microsecond") > least)
