"""A resource above its limit: cpu for longer than a while, memory and disk at once, pools in peak hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather
from opsloop.detectors.hours import in_peak
from opsloop.detectors.pattern import MASKS, pattern_key, with_slug
from opsloop.detectors.windows import seconds_between
from opsloop.metrics.relations import known
from opsloop.metrics.saturation import runs, samples
from opsloop.metrics.sharing import daily
from opsloop.signals.table import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Hours, Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="issue",
    category="capacity_issue",
    area="capacity_planning",
    priority="high",
    severity="P2",
    definition="cpu above {cpu_ratio} for longer than {cpu_minutes} min, memory above {memory_ratio}, disk above "
    "{disk_ratio}, connection_pool above {connection_pool_ratio} in peak hours. A gap in the samples longer than twice "
    "their median interval ends a run.",
    summary="{resource} {measure} on {service}: {count:time} above {limit_ratio}, up to {highest_ratio}",
    fixes={"architectural_limit": "{count:run} above {limit_ratio}, the longest {duration_s}, up to {highest_ratio}"},
    trigger="capacity_breach",
    reads=frozenset({"sample"}),
    action="Scale it, or limit what uses it.",
    reach_days=3,
)
DEFAULTS: Final[Mapping[str, Any]] = {
    "cpu_ratio": 0.85,
    "cpu_minutes": 15.0,
    "memory_ratio": 0.9,
    "disk_ratio": 0.85,
    "connection_pool_ratio": 0.8,
}
_POOL: Final = "connection_pool"


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a resource, kind of load and service; its occurrences are the runs above the limit."""
    limits = thresholds(__name__, DEFAULTS, settings)
    ratios = {name: limits[f"{name}_ratio"] for name in ("cpu", "memory", "disk", _POOL)}
    rows = runs(loaded(known(signals, now), ratios=tuple(ratios.items()), hours=settings.hours, now=now), ratios)
    least_s = ibis.ifelse(rows.name == "cpu", limits["cpu_minutes"] * 60, -1.0)
    rows = rows.mutate(lasted_s=seconds_between(rows.to_at, rows.from_at))
    rows = with_slug(rows.filter(rows.lasted_s > least_s), "resource", name="slug", masks=MASKS)
    of_resource = pattern_key(RULE.category, rows.name, rows.slug)
    patience: Any = ibis.ifelse(rows.name == "cpu", round(limits["cpu_minutes"] * 60), 0)
    rows = rows.mutate(
        pattern_key=ibis.coalesce(of_resource, pattern_key(RULE.category, rows.name)),
        at=rows.from_at,
        until=rows.to_at,
        id=rows.first_id,
        known_at=rows.from_at + patience.as_interval("s"),
    )
    return gather(
        rows,
        priority=bumped((_.max >= 1).sum(), RULE.priority, "critical", at=1),
        resource=ibis.coalesce(_.resource.max(), "all"),
        measure=_.name.max(),
        highest_ratio=_.max.max(),
        limit_ratio=_.threshold.max(),
        duration_s=_.lasted_s.max(),
        total_s=_.lasted_s.sum(),
    )


@daily(before=1, after=1)
def loaded(signals: Table, *, ratios: tuple[tuple[str, float], ...], hours: Hours, now: datetime) -> Table:
    """The samples of the days on which their service was above a limit, and of the days beside those.

    Nothing else can belong to a run or end one: a gap of three days ends it too.
    """
    counted = (signals.name != _POOL) | in_peak(signals["at"], hours, now=now)
    above = _by_day(signals, counted & (signals.value > signals.name.cases(*sorted(ratios))), ratios)
    beside = ibis.array([(above.day + ibis.interval(days=shift)).cast("date") for shift in (-1, 0, 1)])
    above = above.select("of", day=beside.unnest()).distinct()
    return samples(_by_day(signals, counted, ratios).semi_join(above, ["of", "day"]), dict(ratios))


def _by_day(signals: Table, wanted: Any, ratios: tuple[tuple[str, float], ...]) -> Table:
    """The samples ``wanted``, with their ``day`` and what they are ``of``."""
    rows = signals.filter((signals.kind == "sample") & signals.name.isin(sorted(dict(ratios))) & wanted)
    return rows.mutate(day=rows["at"].cast("date"), of=digest(rows, rows.service, rows.name))
