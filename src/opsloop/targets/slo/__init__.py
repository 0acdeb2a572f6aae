"""An SLO definition: OpenSLO v1, Prometheus rules that record it and alert on its burn, and the budget policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput
from opsloop.metrics import burn
from opsloop.metrics.openslo import ANY_SERVICE_ANNOTATION, API_VERSION, SLA_ANNOTATION
from opsloop.targets import Form, prose
from opsloop.targets.slo.prometheus import rules
from opsloop.targets.slo.windows import burn_alerts

if TYPE_CHECKING:
    from typing import Any

    from opsloop.config import Slo
    from opsloop.targets import Material

FORM: Final = Form(promoted="SLO definition", place="slo")
LOW_BUDGET_RATIO: Final = 0.25
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def render(material: Material) -> dict[str, str]:
    """Definition, rules and policy of ``material.slo``; raises BadInput for an SLO that can't be alerted on."""
    slo = material.slo
    if slo is None:
        msg = "which SLO? declare it as [[slo]] in opsloop.toml and name it with --slo or the entry's metadata 'SLO'"
        raise BadInput(msg)
    if not slo.good_query or not slo.total_query:
        msg = f"SLO {slo.name} has no good_query and total_query; add both to its [[slo]] in opsloop.toml"
        raise BadInput(msg)
    name = slo.name if _FILE_NAME.fullmatch(slo.name) else prose.slug(slo.name)
    return {
        f"{material.place}/{name}.openslo.yaml": _yaml(openslo(slo)),
        f"{material.place}/{name}.rules.yaml": _yaml(rules(slo)),
        f"{material.place}/{name}.policy.md": _policy(material, slo),
    }


def openslo(slo: Slo) -> dict[str, Any]:
    """The declaration as an OpenSLO v1 document."""
    good, total = (
        {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}
        for query in (slo.good_query, slo.total_query)
    )
    annotations = {SLA_ANNOTATION: repr(slo.sla_objective)} if slo.sla_objective else {}
    if not slo.service:
        annotations[ANY_SERVICE_ANNOTATION] = "true"
    label = prose.slug(slo.name)
    return {
        "apiVersion": API_VERSION,
        "kind": "SLO",
        "metadata": {"name": slo.name, "displayName": slo.name} | ({"annotations": annotations} if annotations else {}),
        "spec": {
            "description": f"{slo.objective * 100:.12g}% of events are good over {slo.window_days} days",
            "service": slo.service or label,
            "indicator": {
                "metadata": {"name": f"{label}-good"},
                "spec": {"ratioMetric": {"counter": True, "good": good, "total": total}},
            },
            "timeWindow": [{"duration": f"{slo.window_days}d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "objective", "target": slo.objective}],
        },
    }


def _policy(material: Material, slo: Slo) -> str:
    low = material.figures.get("low_budget_ratio", LOW_BUDGET_RATIO)
    decisions = [
        ("healthy", f"{low:.0%} or more left", "ship features, take calculated risks"),
        ("low", f"under {low:.0%} left", "freeze risky changes, focus on reliability"),
        ("exhausted", "nothing left", "halt all non-critical deployments; reliability work only"),
    ]
    alerts = [
        (
            f"{one.factor:.4g}",
            one.window.long,
            one.window.short,
            f"{float(one.window.budget_share):.0%} in {one.window.long}",
            one.severity,
        )
        for one in burn_alerts(slo)
    ]
    share = float(burn.budget(slo.objective)) * 100
    minutes = burn.budget_minutes(slo.objective, slo.window_days)
    sla = f"Promised to customers (SLA): {slo.sla_objective * 100:.12g}%." if slo.sla_objective else ""
    return prose.document(
        f"# Error-budget policy: {slo.name}",
        prose.provenance("Policy", material.entries) if material.entries else "",
        f"Objective {slo.objective * 100:.12g}% over {slo.window_days} days: the budget is {share:.3g}% of events, or "
        f"{minutes:.1f} minutes of full outage. {sla}".strip(),
        prose.table(("Budget", "State", "Decision"), decisions),
        "## Alerts",
        "Both windows must exceed the factor (Google SRE workbook, chapter 5).",
        prose.table(("Burn rate", "Long window", "Short window", "Budget spent", "Severity"), alerts),
        "With few events an hour one failure can burn at that rate: compare the event count before paging on it.",
    )


def _yaml(document: dict[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=2000))
