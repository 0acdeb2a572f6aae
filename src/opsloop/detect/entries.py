"""Findings as entries: a first draft with every field that the signals can fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.detect.wording import filled, frequency, readable
from opsloop.model import Entry, format_time
from opsloop.spoken import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from opsloop.detectors.rule import Rule
    from opsloop.model import Finding

EVIDENCE_SHOWN: Final = 20
WHY: Final = "Why this points to the system: "
LATEST: Final = "Latest of {count} occurrences"
FIRST: Final = "First occurrence"
SPAN: Final = "{span} from first to latest occurrence"
BUDGET: Final = "consumed {share} of the budget"
NOT_KNOWN: Final = "not known"
"""What the draft says of its own, and a refresh knows again."""

_LATER: Final = frozenset({"definition", "systemic_fix", "title", "monitor"})


def drafted(finding: Finding, rule: Rule, *, now: datetime) -> Entry:
    """The entry that a finding of a new pattern becomes; it has no id yet."""
    fix = finding.metrics["systemic_fix"]
    action = advice(rule, fix["text"])
    common: dict[str, Any] = {
        "logged": format_time(now.replace(microsecond=0)),
        "priority": finding.priority,
        "area": finding.area,
        "summary": finding.summary,
        "metrics": figures(finding),
    }
    if rule.kind == "learning":
        return Entry(
            kind="learning",
            category=finding.category,
            details=_details(finding),
            impact=dict(_impact(finding, rule, blast="Blast Radius", budget="Error Budget Consumed")),
            suggested_action=action,
            metadata=_metadata(finding, rule),
            **common,
        )
    return Entry(
        kind="issue",
        category=finding.category,
        name=finding.pattern_key.partition(".")[2],
        severity=finding.severity,
        details=_details(finding),
        timeline=tuple(_timeline(finding, now)),
        impact=dict(_impact(finding, rule, blast="Services Affected", budget="SLO Impact")),
        root_cause=listed(finding, "root_causes"),
        prevention=fix["text"],
        action_items=(action,),
        metadata=_metadata(finding, rule),
        **common,
    )


def advice(rule: Rule, fix: str) -> str:
    """What to do: the rule's own advice and where the systemic fix leads."""
    return f"{rule.action} {fix}".strip()


def bullet(name: str) -> str:
    """What the line of a figure begins with."""
    return f"- {name.removesuffix('_s').replace('_', ' ')}: "


def sentence(text: str) -> str:
    """With a full stop, unless it ends already."""
    return text if text.endswith((".", "!", "?")) else text + "."


def reach(named: Sequence[str], teams: Sequence[str]) -> str:
    """Whom it hits; nothing where that is unknown."""
    parts = [readable("services", named)] if named else []
    return " ".join([*parts, f"(teams: {readable('teams', teams)})"] if teams else parts)


def _details(finding: Finding) -> str:
    fix = finding.metrics["systemic_fix"]
    figures = [
        bullet(name) + readable(name, value)
        for name, value in finding.metrics.items()
        if name not in _LATER and value not in (None, [], "")
    ]
    often = frequency(finding.count, finding.first_seen, finding.last_seen)
    lines = [
        f"{sentence(finding.summary)} Found by {finding.detector}.",
        f"Definition: {sentence(finding.metrics['definition'])}",
        f"Occurrences: {often}, from {finding.first_seen:%Y-%m-%d %H:%M} to {finding.last_seen:%Y-%m-%d %H:%M} UTC.",
    ]
    if len(finding.metrics.get("teams") or ()) > 1:
        lines.append(f"It recurs across teams: {readable('teams', finding.metrics['teams'])}.")
    lines += ["", *figures, "", f"{WHY}{sentence(fix['because'])} {fix['text']}"]
    return "\n".join(lines)


def _timeline(finding: Finding, now: datetime) -> Iterator[tuple[str, str]]:
    yield f"{finding.first_seen:%Y-%m-%d %H:%M}", FIRST
    if finding.last_seen > finding.first_seen:
        yield f"{finding.last_seen:%Y-%m-%d %H:%M}", filled(LATEST, {"count": finding.count})
    yield f"{now:%Y-%m-%d %H:%M}", f"Pattern found by {finding.detector}"


def _impact(finding: Finding, rule: Rule, *, blast: str, budget: str) -> Iterator[tuple[str, str]]:
    if hit := reach(services(finding), finding.metrics.get("teams") or ()):
        yield blast, hit
    yield "Duration", _lasted(finding)
    consumed = finding.metrics.get("budget_consumed")
    if consumed is not None:
        yield budget, filled(BUDGET, {"share": f"{consumed:.0%}"})
    if rule.impact:
        yield "Effect", filled(rule.impact, {**finding.metrics, "service": finding.service, "count": finding.count})


def _lasted(finding: Finding) -> str:
    lasted = finding.metrics.get("duration_s")
    if lasted is not None:
        return duration(lasted)
    span = (finding.last_seen - finding.first_seen).total_seconds()
    return filled(SPAN, {"span": duration(span)}) if span else NOT_KNOWN


def figures(finding: Finding) -> dict[str, str]:
    """The metrics of the entry format, as far as the signals tell them."""
    figures = {"MTTR": "mttr_s", "MTTD": "mttd_s"}
    known = {label: name for label, name in figures.items() if finding.metrics.get(name) is not None}
    told = {label: readable(name, finding.metrics[name]) for label, name in known.items()}
    told["Frequency"] = frequency(finding.count, finding.first_seen, finding.last_seen)
    if each := _toil_each_s(finding):
        told["Toil Hours"] = f"{each / 3600:.3g}"
    return told


def _toil_each_s(finding: Finding) -> float | None:
    """The manual effort spent per occurrence, as the entry format has it; the details tell the total."""
    each: float | None = finding.metrics.get("toil_each_s")
    total: float | None = finding.metrics.get("toil_s")
    return each or (total / finding.count if total else None)


def _metadata(finding: Finding, rule: Rule) -> dict[str, str]:
    alerts = finding.metrics.get("related_alerts") or [finding.metrics.get("monitor")]
    told: Mapping[str, Any] = {
        ("Source" if rule.kind == "learning" else "Trigger"): rule.trigger,
        "Environment": listed(finding, "environments"),
        services_label(rule.kind): ", ".join(services(finding)),
        "Related Alerts": ", ".join(name for name in alerts if name),
        "Teams": listed(finding, "teams"),
        "Tags": finding.detector,
        "DORA Metrics Impact": rule.dora,
        "Pattern-Key": finding.pattern_key,
        "Recurrence-Count": str(finding.count),
        "First-Seen": day(finding.first_seen),
        "Last-Seen": day(finding.last_seen),
        "Detector": finding.detector,
        "Systemic-Fix": finding.metrics["systemic_fix"]["kind"],
        "Evidence": evidence(finding),
    }
    return {label: value for label, value in told.items() if value}


def services(finding: Finding) -> list[str]:
    """Its own service first, which is how the entry is known again, then the others that it spans."""
    own = [finding.service] if finding.service else []
    return list(dict.fromkeys([*own, *(finding.metrics.get("services") or ())]))


def services_label(kind: str) -> str:
    """Where the metadata of this kind of entry names its services."""
    return "Service" if kind == "learning" else "Services Affected"


def evidence(finding: Finding) -> str:
    """The ids of the latest signals that show it, and how many more there are."""
    shown = ", ".join(finding.evidence[-EVIDENCE_SHOWN:])
    return shown if finding.count <= EVIDENCE_SHOWN else f"{shown} (the latest {EVIDENCE_SHOWN} of {finding.count})"


def listed(finding: Finding, name: str) -> str:
    """All that the finding names of that, with commas."""
    return ", ".join(map(str, finding.metrics.get(name) or ()))


def day(when: datetime) -> str:
    """As the metadata write it."""
    return f"{when:%Y-%m-%d}"
