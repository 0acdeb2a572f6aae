"""Which DORA metrics of which services got worse, in words; small results compared in plain Python."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.metrics import dora
from opsloop.metrics.choices import Choices
from opsloop.metrics.moments import earlier
from opsloop.metrics.relations import AS_OF
from opsloop.metrics.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.metrics.scope import Row
    from opsloop.signals.table import Table

ORDER: Final = ("elite", "high", "medium", "low")


def losses(signals: Table, *, now: datetime, settings: Settings, limits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``service`` and ``losses`` (words) of each service that got worse in the recent days against those before;
    ``as_of`` says when, where ``signals`` are of several moments.
    """
    choices = Choices.read(settings.metrics)
    recent_days = timedelta(days=limits["recent_days"])
    turn = now - recent_days
    start = turn - timedelta(days=limits["before_days"])
    late, early = (Scope(start=begin, end=end, now=end, by="service") for begin, end in ((turn, now), (start, turn)))
    recent = dora.groups_each(signals, late, choices)
    before = dora.groups_each(earlier(signals, recent_days), early, choices)
    return [
        {AS_OF: when.replace(tzinfo=None), "service": group["service"], "losses": "; ".join(words)}
        for when, groups in recent.items()
        for old, group in _pairs(before.get(when - recent_days, []), groups)
        if (words := _worse(old, group, limits))
    ]


def _pairs(old: list[Row], new: list[Row]) -> Iterator[tuple[Row, Row]]:
    """The figures of each service that has both."""
    past = {group["service"]: group for group in old}
    return ((past[group["service"]], group) for group in new if group["service"] in past)


def _worse(old: Row, new: Row, limits: Mapping[str, Any]) -> list[str]:
    if min(new["deployments"] or 0, old["deployments"] or 0) < limits["min_deployments"]:
        return []
    return [*_bands(old, new), *_significant(old, new, limits)]


def _bands(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for metric, before in old["bands"].items():
        after = new["bands"][metric]
        if metric != "profile" and before and after and ORDER.index(after) > ORDER.index(before):
            yield f"{metric.replace('_', ' ')} fell from {before} to {after}"


def _significant(old: Mapping[str, Any], new: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[str]:
    from scipy.stats import binomtest, fisher_exact

    days = limits["recent_days"], limits["before_days"]
    both = new["deployments"] + old["deployments"]
    rarer = binomtest(new["deployments"], both, days[0] / sum(days), alternative="less").pvalue
    if rarer < limits["significance_ratio"]:
        yield f"deployments fell from {old['deployments']} in {days[1]} days to {new['deployments']} in {days[0]}"
    table: Any = [
        [group["failed_deployments"], group["deployments"] - group["failed_deployments"]] for group in (new, old)
    ]
    if fisher_exact(table, alternative="greater").pvalue < limits["significance_ratio"]:
        yield f"change fail rate rose from {old['change_fail_rate']:.1%} to {new['change_fail_rate']:.1%}"
