"""Findings as entries: a first draft with every field that the signals can fill, and later refreshes of its figures.

People may rewrite the sentences of an entry; a refresh touches the figures alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.detect.wording import filled, frequency, readable, says
from opsloop.model import PRIORITIES, Entry, format_time
from opsloop.spoken import duration
from opsloop.targets import quoting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from opsloop.detectors.rule import Rule
    from opsloop.model import Finding

EVIDENCE_SHOWN: Final = 20
RECURRING: Final = 3
"""From this many occurrences on a pattern is linked with its relatives (the mission's "3+ occurrences")."""

_FOUND: Final = ". Found by {detector}."
_OFTEN: Final = "Occurrences: {often}, from {first} to {last} UTC."
"""Sentences of the details whose figures are brought up to date."""

_LATER: Final = frozenset({"definition", "systemic_fix", "title", "monitor"})


def drafted(finding: Finding, rule: Rule, *, now: datetime) -> Entry:
    """The entry that a finding of a new pattern becomes; it has no id yet."""
    fix = finding.metrics["systemic_fix"]
    action = f"{rule.action} {fix['text']}".strip()
    common: dict[str, Any] = {
        "logged": format_time(now.replace(microsecond=0)),
        "priority": finding.priority,
        "area": finding.area,
        "summary": finding.summary,
        "metrics": _metrics(finding),
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
        root_cause=_listed(finding, "root_causes"),
        prevention=fix["text"],
        action_items=(action,),
        metadata=_metadata(finding, rule),
        **common,
    )


def updated(entry: Entry, finding: Finding, rule: Rule) -> Entry:
    """``entry`` with its figures as ``finding`` has them, in the summary too as long as it is the rule's sentence.

    Priority only rises, so that a person's judgement stands. Into an adopted entry, whose words somebody stands for,
    come figures and plain names alone. What a partial view (``--since``) shows widens the dates and never lowers the
    count of a full one.
    """
    metadata = dict(entry.metadata)
    before = metadata.get("First-Seen", "9999")[:10]
    whole = _day(finding.first_seen) <= before
    counted = metadata.get("Recurrence-Count", "0")
    count = finding.count if whole else max(finding.count, int(counted) if counted.isdigit() else 0)
    metadata |= {
        "Recurrence-Count": str(count),
        "First-Seen": min(before, _day(finding.first_seen)),
        "Last-Seen": max(metadata.get("Last-Seen", "")[:10], _day(finding.last_seen)),
    }
    if whole or "Evidence" not in metadata:
        metadata["Evidence"] = _evidence(finding)
    named = _services_label(entry.kind)
    for label, name in (("Teams", "teams"), ("Related Alerts", "related_alerts"), (named, "services")):
        listed = _listed(finding, name)
        if listed := ", ".join(quoting.names(listed)) if entry.adopted_by else listed:
            metadata[label] = listed
    rank = {name: number for number, name in enumerate(PRIORITIES)}
    priority = max(entry.priority or "low", finding.priority, key=lambda name: rank.get(name, 0))
    metrics = {**entry.metrics, **_metrics(finding)} if whole else entry.metrics
    entry = replace(entry, priority=priority, metadata=metadata, metrics=metrics)
    return _retold(entry, finding, rule) if whole and not entry.adopted_by else entry


def _retold(entry: Entry, finding: Finding, rule: Rule) -> Entry:
    """``entry`` with the sentences that nobody has rewritten as they are today."""
    summary = finding.summary if says(rule.summary, entry.summary) else entry.summary
    told = _details(finding).split("\n")
    ours = [(f"{rule.summary}{_FOUND}", told[0]), (_OFTEN, next(line for line in told if says(_OFTEN, line)))]
    lines = [
        next((today for template, today in ours if says(template, line)), line)
        for line in (entry.details or "").split("\n")
    ]
    return replace(entry, summary=summary, details="\n".join(lines) or entry.details)


class Namesakes:
    """Which entries a recurring pattern should be read with, found without a look at all the others."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._by_subject: dict[str, list[Entry]] = defaultdict(list)
        self._place: dict[str, int] = {}
        for place, entry in enumerate(entries):
            if entry.pattern_key and entry.skill in (None, "operations"):
                self._place[entry.id] = place
                self._by_key[entry.pattern_key].append(entry)
                self._by_subject[_subject(entry.pattern_key)].append(entry)

    def related(self, entry: Entry, finding: Finding) -> list[Entry]:
        """The entry's namesakes, and the patterns that the finding spans, in the order of the entries."""
        if finding.count < RECURRING:
            return []
        lists = [self._by_key.get(key, ()) for key in finding.metrics.get("patterns") or ()]
        lists.append(self._by_subject.get(_subject(finding.pattern_key), ()))
        found = {other.id: other for alike in lists for other in alike if _may_be_linked(entry, other)}
        return sorted(found.values(), key=lambda other: self._place[other.id])


def _may_be_linked(entry: Entry, other: Entry) -> bool:
    """Not to itself, nor to what it is merged with: a split could not take that back."""
    merged = other.id == entry.metadata.get("Merged-Into") or entry.id == other.metadata.get("Merged-Into")
    return other.id != entry.id and not merged


def _subject(pattern_key: str) -> str:
    return pattern_key.partition(".")[2]


def _details(finding: Finding) -> str:
    fix = finding.metrics["systemic_fix"]
    figures = [
        f"- {name.removesuffix('_s').replace('_', ' ')}: {readable(name, value)}"
        for name, value in finding.metrics.items()
        if name not in _LATER and value not in (None, [], "")
    ]
    often = frequency(finding.count, finding.first_seen, finding.last_seen)
    lines = [
        f"{_sentence(finding.summary)} Found by {finding.detector}.",
        f"Definition: {_sentence(finding.metrics['definition'])}",
        f"Occurrences: {often}, from {finding.first_seen:%Y-%m-%d %H:%M} to {finding.last_seen:%Y-%m-%d %H:%M} UTC.",
    ]
    if len(finding.metrics.get("teams") or ()) > 1:
        lines.append(f"It recurs across teams: {readable('teams', finding.metrics['teams'])}.")
    lines += ["", *figures, "", f"Why this points to the system: {_sentence(fix['because'])} {fix['text']}"]
    return "\n".join(lines)


def _timeline(finding: Finding, now: datetime) -> Iterator[tuple[str, str]]:
    yield f"{finding.first_seen:%Y-%m-%d %H:%M}", "First occurrence"
    if finding.last_seen > finding.first_seen:
        yield f"{finding.last_seen:%Y-%m-%d %H:%M}", f"Latest of {finding.count} occurrences"
    yield f"{now:%Y-%m-%d %H:%M}", f"Pattern found by {finding.detector}"


def _impact(finding: Finding, rule: Rule, *, blast: str, budget: str) -> Iterator[tuple[str, str]]:
    services = finding.metrics.get("services") or ([finding.service] if finding.service else [])
    teams = finding.metrics.get("teams") or []
    reach = readable("services", services) + (f" (teams: {readable('teams', teams)})" if teams else "")
    yield blast, reach
    yield "Duration", _lasted(finding)
    consumed = finding.metrics.get("budget_consumed")
    if consumed is not None:
        yield budget, f"consumed {consumed:.0%} of the budget"
    if rule.impact:
        yield "Effect", filled(rule.impact, {**finding.metrics, "service": finding.service, "count": finding.count})


def _lasted(finding: Finding) -> str:
    lasted = finding.metrics.get("duration_s")
    if lasted is not None:
        return duration(lasted)
    span = (finding.last_seen - finding.first_seen).total_seconds()
    return f"{duration(span)} from first to latest occurrence" if span else "not known"


def _metrics(finding: Finding) -> dict[str, str]:
    """The metrics of the entry format, as far as the signals tell them."""
    figures = {"MTTR": "mttr_s", "MTTD": "mttd_s"}
    known = {label: name for label, name in figures.items() if finding.metrics.get(name) is not None}
    told = {label: readable(name, finding.metrics[name]) for label, name in known.items()}
    told["Frequency"] = frequency(finding.count, finding.first_seen, finding.last_seen)
    if finding.metrics.get("toil_s"):
        told["Toil Hours"] = f"{finding.metrics['toil_s'] / 3600:.3g}"
    return told


def _metadata(finding: Finding, rule: Rule) -> dict[str, str]:
    alerts = finding.metrics.get("related_alerts") or [finding.metrics.get("monitor")]
    services = finding.metrics.get("services") or ([finding.service] if finding.service else [])
    told: Mapping[str, Any] = {
        ("Source" if rule.kind == "learning" else "Trigger"): rule.trigger,
        "Environment": _listed(finding, "environments"),
        _services_label(rule.kind): ", ".join(services),
        "Related Alerts": ", ".join(name for name in alerts if name),
        "Teams": _listed(finding, "teams"),
        "Tags": finding.detector,
        "DORA Metrics Impact": rule.dora,
        "Pattern-Key": finding.pattern_key,
        "Recurrence-Count": str(finding.count),
        "First-Seen": _day(finding.first_seen),
        "Last-Seen": _day(finding.last_seen),
        "Detector": finding.detector,
        "Systemic-Fix": finding.metrics["systemic_fix"]["kind"],
        "Evidence": _evidence(finding),
    }
    return {label: value for label, value in told.items() if value}


def _services_label(kind: str) -> str:
    return "Service" if kind == "learning" else "Services Affected"


def _evidence(finding: Finding) -> str:
    shown = ", ".join(finding.evidence[-EVIDENCE_SHOWN:])
    return shown if finding.count <= EVIDENCE_SHOWN else f"{shown} (the latest {EVIDENCE_SHOWN} of {finding.count})"


def _listed(finding: Finding, name: str) -> str:
    return ", ".join(map(str, finding.metrics.get(name) or ()))


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
