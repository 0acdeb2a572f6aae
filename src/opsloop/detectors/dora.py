"""Which DORA metrics of which services got worse, in words; small results compared in plain Python."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.metrics import dora
from opsloop.metrics.choices import Choices
from opsloop.metrics.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

ORDER: Final = ("elite", "high", "medium", "low")


def losses(signals: Table, *, now: datetime, settings: Settings, limits: Mapping[str, Any]) -> list[dict[str, str]]:
    """``service`` and ``losses`` (words) of each service that got worse in the recent days against those before."""
    choices = Choices.read(settings.metrics)
    turn = now - timedelta(days=limits["recent_days"])
    earlier = turn - timedelta(days=limits["before_days"])
    recent = dora.compute(signals, Scope(start=turn, end=now, now=now, by="service"), choices)
    before = dora.compute(signals, Scope(start=earlier, end=turn, now=turn, by="service"), choices)
    past = {group["service"]: group for group in before["groups"]}
    found = []
    for group in recent["groups"]:
        old = past.get(group["service"])
        if old is None or min(group["deployments"] or 0, old["deployments"] or 0) < limits["min_deployments"]:
            continue
        words = [*_bands(old, group), *_significant(old, group, limits)]
        if words:
            found.append({"service": group["service"], "losses": "; ".join(words)})
    return found


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
