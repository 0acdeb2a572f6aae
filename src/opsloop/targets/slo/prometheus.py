"""Prometheus rules of an SLO: error ratios recorded for every window, and alerts on how fast the budget burns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.metrics import burn
from opsloop.targets.prose import slug
from opsloop.targets.slo.windows import burn_alerts

if TYPE_CHECKING:
    from opsloop.config import Slo
    from opsloop.targets.slo.windows import BurnAlert

_RANGE: Final = re.compile(r"\[\s*(?:\d+(?:ms|[smhdwy]))+\s*\]")
_PLACEHOLDER: Final = re.compile(r"\{\{\s*\.?window\s*\}\}|\$window|\$__range|\$__rate_interval")
_SELECTOR: Final = re.compile(r"[a-zA-Z_:][\w:]*\s*(?:\{[^{}]*\})?|\{[^{}]+\}")
_SUM: Final = re.compile(r"sum\s*\(\s*(?P<inner>.+?)\s*\)", re.DOTALL)


def rules(slo: Slo) -> dict[str, Any]:
    """The rule file as Prometheus reads it: one group, so that alerts see what was recorded just before them."""
    labels = {"slo": slo.name} | ({"service": slo.service} if slo.service else {})
    alerts = burn_alerts(slo)
    used = {window for alert in alerts for window in (alert.window.short, alert.window.long)}
    windows = [*sorted(used, key=burn.span), f"{slo.window_days}d"]
    recorded: list[dict[str, Any]] = [
        {"record": _series(window), "expr": error_ratio(slo, window), "labels": dict(labels)} for window in windows
    ]
    recorded += [
        {"record": "slo:objective:ratio", "expr": f"vector({slo.objective})", "labels": dict(labels)},
        {"record": "slo:error_budget:ratio", "expr": f"vector({_budget(slo)})", "labels": dict(labels)},
    ]
    return {
        "groups": [{"name": f"slo-{slug(slo.name)}", "rules": recorded + [_alert(slo, labels, one) for one in alerts]}]
    }


def error_ratio(slo: Slo, window: str) -> str:
    """Share of bad events over a window. Where no good event was seen at all, good counts as 0 and not as unknown."""
    good, total = (over(query or "", window, slo) for query in (slo.good_query, slo.total_query))
    return f"1 - ((({good}) or 0 * ({total})) / ({total}))"


def over(query: str, window: str, slo: Slo) -> str:
    """A query over one window: its range or placeholder replaced, a bare counter summed as a rate; else BadInput."""
    query = " ".join(query.split())
    if _PLACEHOLDER.search(query):
        return _PLACEHOLDER.sub(window, query)
    if _RANGE.search(query):
        return _RANGE.sub(f"[{window}]", query)
    if summed := _SUM.fullmatch(query):
        query = summed["inner"]
    if _SELECTOR.fullmatch(query):
        return f"sum(rate({query}[{window}]))"
    msg = f"SLO {slo.name}: {query!r} has no range to replace; write it as sum(rate(requests_total[5m]))"
    raise BadInput(msg)


def _alert(slo: Slo, labels: dict[str, str], alert: BurnAlert) -> dict[str, Any]:
    long, short, share = alert.window.long, alert.window.short, float(alert.window.budget_share)
    level = f"({alert.factor:.6g} * {_budget(slo)})"
    both = " and ".join(f"{_series(window)}{{slo={json.dumps(slo.name)}}} > {level}" for window in (long, short))
    return {
        "alert": "ErrorBudgetBurn",
        "expr": both,
        "labels": labels | {"severity": alert.severity, "long_window": long, "short_window": short},
        "annotations": {
            "summary": f"{slo.name} spends its error budget at over {alert.factor:.4g} times the rate that lasts",
            "description": f"{share:.0%} of the {slo.window_days}-day budget goes in {long} at this rate; "
            "error rate {{ $value | humanizePercentage }}.",
        },
    }


def _series(window: str) -> str:
    return f"slo:sli_error:ratio_rate{window}"


def _budget(slo: Slo) -> str:
    return f"{float(burn.budget(slo.objective)):.12g}"
