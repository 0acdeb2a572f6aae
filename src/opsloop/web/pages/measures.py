"""Delivery, Reliability, Alerts, Toil and Capacity: a family of metrics each, as pictures and a table."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from opsloop.charts import alerts as alert_charts
from opsloop.charts import capacity as capacity_charts
from opsloop.charts import delivery as delivery_charts
from opsloop.charts import reliability as reliability_charts
from opsloop.charts import toil as toil_charts

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

_LONG_DAYS: Final = 90
_MOST_CHARTS: Final = 12
_MOST_ROWS: Final = 100
_MOST_SHIFTS: Final = 10
_SHORT_DAYS: Final = 30
_YEAR_DAYS: Final = 365
POLICY: Final = {
    "healthy": "Budget is healthy: ship, and take calculated risks.",
    "low": "Budget is low: freeze risky changes and put reliability first.",
    "exhausted": "Budget is exhausted: halt what is not critical until stability is back.",
}


def delivery(desk: Desk) -> Document:
    """The five DORA metrics: by week as trends, by service as a table."""
    weeks = desk.metrics("dora", days=_LONG_DAYS, by="week")
    trends = [delivery_charts.trend(weeks["groups"], measure) for measure in delivery_charts.MEASURES]
    return {"trends": trends, "result": desk.metrics("dora", days=_LONG_DAYS, by="service")}


def reliability(desk: Desk) -> Document:
    """Every SLO: what is left of its budget, how fast it burns, and what the policy says."""
    result = desk.metrics("slo", days=_SHORT_DAYS)
    left = reliability_charts.budgets(desk.metrics("slo", days=_LONG_DAYS, by="week")["groups"])
    worst = sorted(result["groups"], key=lambda group: -(group["budget_consumed"] or 0))
    slos = [
        group
        | {
            "name": group["slo"],
            "stated_policy": POLICY.get(group["policy"] or "", ""),
            "burn_down": reliability_charts.burn_down(left.get(group["slo"], []), name=group["slo"]),
            "burn_rates_chart": reliability_charts.burn_rates(group["burn_rates"] or [], name=group["slo"]),
        }
        for group in worst[:_MOST_CHARTS]
    ]
    return {"result": result, "slos": slos, "more": worst[_MOST_CHARTS:]}


def alerts(desk: Desk) -> Document:
    """Noise per monitor, and when it happens in the team's own time zone."""
    result = desk.metrics("alerts", days=_SHORT_DAYS)
    monitors = sorted(result["groups"], key=lambda row: -row["episodes"])
    fired = desk.kept("alerts fired", _fired)["times"]
    return {
        "result": result,
        "monitors": monitors[:_MOST_ROWS],
        "pareto": alert_charts.pareto(monitors),
        "heat": alert_charts.heat_map(fired, zone=desk.ws.settings.hours.timezone),
    }


def _fired(ws: Workspace) -> Document:
    zone = ZoneInfo(ws.settings.hours.timezone)
    since = ws.now - timedelta(days=_SHORT_DAYS)
    seen = ws.store.read(kind="alert", since=since)
    return {"times": [signal.at.astimezone(zone) for signal in seen if signal.status == "firing"]}


def toil(desk: Desk) -> Document:
    """Toil against the limit, shift by shift, and what automation would save."""
    result = desk.metrics("toil", days=_LONG_DAYS)
    shifts = [group | {"ended": group["to"]} for group in result["groups"] if group.get("to")]
    backlog = desk.kept("by hand", _by_hand)["rows"]
    hours = {row["name"]: row["hours"] for row in backlog}
    heaviest = sorted((one for one in shifts if one["ratio"]), key=lambda one: -one["ratio"])[:_MOST_SHIFTS]
    return {
        "result": result,
        "heaviest": heaviest,
        "backlog": backlog,
        "shifts": toil_charts.shifts(shifts),
        "remediations": toil_charts.remediations(hours),
    }


def _by_hand(ws: Workspace) -> Document:
    """Manual remediations of the window, most hours first."""
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    for signal in ws.store.read(kind="remediation", since=ws.now - timedelta(days=_LONG_DAYS)):
        if signal.attrs.get("manual", "").lower() in {"true", "yes", "1"}:
            spent[signal.name or "unnamed", signal.service or ""].append((signal.duration_s or 0) / 3_600)
    rows = [
        {
            "name": name,
            "service": service,
            "count": len(hours),
            "hours": sum(hours),
            "hours_a_year": sum(hours) * _YEAR_DAYS / _LONG_DAYS,
        }
        for (name, service), hours in spent.items()
    ]
    return {"rows": sorted(rows, key=lambda row: -float(str(row["hours"])))}


def capacity(desk: Desk) -> Document:
    """Resources against their thresholds, with the days that are left."""
    from opsloop.verbs.series import series

    result = desk.metrics("capacity", days=_SHORT_DAYS)
    rows = sorted(result["groups"], key=_urgency)[:_MOST_ROWS]
    known = desk.kept("series", series)["series"]
    resources = [{"picture": picture} for picture in capacity_charts.forecasts(rows[:_MOST_CHARTS], known)]
    return {"result": result, "rows": rows, "more": len(result["groups"]) - len(rows), "resources": resources}


def _urgency(row: dict[str, Any]) -> tuple[float, int]:
    """Soonest full first, then what was above its threshold most often."""
    left = row["exhaustion"]
    return (left["median"] if left else inf, -len(row["sustained"]))
