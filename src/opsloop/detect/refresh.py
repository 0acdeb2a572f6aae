"""Later refreshes of an entry: its figures as a finding has them today, while what a person wrote stays theirs.

A text is refreshed as long as it is the rule's own: it reads as the rule would say it, whatever its figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.detect.details import details_today
from opsloop.detect.entries import (
    BUDGET,
    FIRST,
    LATEST,
    NOT_KNOWN,
    SPAN,
    advice,
    bullet,
    day,
    drafted,
    evidence,
    figures,
    listed,
    reach,
    services,
    services_label,
)
from opsloop.detect.wording import says
from opsloop.detectors.rule import FIXES
from opsloop.model import PRIORITIES, SEVERITIES
from opsloop.targets import quoting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsloop.detectors.rule import Rule
    from opsloop.model import Entry, Finding

_RANK: Final = {name: number for number, name in enumerate(PRIORITIES)}


def updated(entry: Entry, finding: Finding, rule: Rule) -> Entry:
    """``entry`` with its figures as ``finding`` has them, and the sentences that are still the rule's.

    Priority and severity only rise, so that a person's judgement stands. Into an adopted entry, whose words somebody
    stands for, come figures and plain names alone. What a partial view (``--since``) shows widens the dates and never
    lowers the count of a full one.
    """
    before = entry.metadata.get("First-Seen", "9999")[:10]
    whole = day(finding.first_seen) <= before
    told = _retold(entry, finding, rule) if whole and not entry.adopted_by else entry
    return replace(
        told,
        priority=max(entry.priority or "low", finding.priority, key=lambda name: _RANK.get(name, 0)),
        severity=_severity(entry, finding),
        metadata=dict(told.metadata) | _counts(entry, finding, whole=whole) | dict(_names(entry, finding)),
        metrics={**entry.metrics, **figures(finding)} if whole else entry.metrics,
    )


def _severity(entry: Entry, finding: Finding) -> str | None:
    """The more severe of both; a learning has none, and a person's own word stays."""
    if entry.kind != "issue" or (entry.severity and entry.severity not in SEVERITIES):
        return entry.severity
    return min((told for told in (entry.severity, finding.severity) if told), key=SEVERITIES.index, default=None)


def _counts(entry: Entry, finding: Finding, *, whole: bool) -> dict[str, str]:
    counted = entry.metadata.get("Recurrence-Count", "0")
    count = finding.count if whole else max(finding.count, int(counted) if counted.isdigit() else 0)
    counts = {
        "Recurrence-Count": str(count),
        "First-Seen": min(entry.metadata.get("First-Seen", "9999")[:10], day(finding.first_seen)),
        "Last-Seen": max(entry.metadata.get("Last-Seen", "")[:10], day(finding.last_seen)),
    }
    shown = {"Evidence": evidence(finding)} if whole or "Evidence" not in entry.metadata else {}
    return counts | shown


def _names(entry: Entry, finding: Finding) -> Iterator[tuple[str, str]]:
    """Who and what it hits. An entry by hand that names no service has one from now on: the next run knows it by it."""
    label = services_label(entry.kind)
    told = {"Teams": listed(finding, "teams"), "Related Alerts": listed(finding, "related_alerts")}
    if finding.metrics.get("services") or not (entry.service or "Detector" in entry.metadata):
        told[label] = ", ".join(services(finding))
    for name, value in told.items():
        if value := ", ".join(quoting.names(value)) if entry.adopted_by else value:
            yield name, value


def _retold(entry: Entry, finding: Finding, rule: Rule) -> Entry:
    """``entry`` with what nobody has rewritten as it is today; of one by hand only sentences that are the rule's."""
    today = drafted(finding, rule, now=finding.last_seen)
    summary = today.summary if says(rule.summary, entry.summary) else entry.summary
    told = replace(entry, summary=summary, details=details_today(entry, today, finding, rule))
    if "Detector" not in entry.metadata:
        return told
    return replace(
        told,
        timeline=tuple(_timeline(entry, today)),
        impact={name: _impact(entry, today, name, rule) for name in entry.impact},
        **_fix(entry, today, rule),
    )


def _timeline(entry: Entry, today: Entry) -> Iterator[tuple[str, str]]:
    """The rows with the first and latest occurrence of today, the latter also where there had been but one."""
    latest = next((row for row in today.timeline if says(LATEST, row[1])), None)
    was_one = entry.metadata.get("Recurrence-Count") == "1" and not any(says(LATEST, row[1]) for row in entry.timeline)
    for row in entry.timeline:
        if row[1] == FIRST:
            yield next((one for one in today.timeline if one[1] == FIRST), row)
            if was_one and latest:
                yield latest
        else:
            yield (latest or row) if says(LATEST, row[1]) else row


def _impact(entry: Entry, today: Entry, name: str, rule: Rule) -> str:
    """One line of the impact: today's, if this is what the draft said."""
    told = entry.impact[name]
    if name == "Duration":
        own = told == NOT_KNOWN or says(SPAN, told) or (bullet("duration_s") + told) in entry.details.split("\n")
    elif name in ("Blast Radius", "Services Affected"):
        named = [_parts(entry.metadata.get(label, "")) for label in (services_label(entry.kind), "Teams")]
        own = told in ("unknown", reach(named[0], named[1]))
    elif name == "Effect":
        own = bool(rule.impact) and says(rule.impact, told)
    else:
        own = says(BUDGET, told)
    return today.impact.get(name, told) if own else told


def _fix(entry: Entry, today: Entry, rule: Rule) -> dict[str, Any]:
    """Prevention, action and kind of the systemic fix; the kind follows where something still says what it says."""
    texts = [FIXES[kind] for kind in rule.fixes]
    actions = [advice(rule, text) for text in texts]
    todo = today.action_items[0] if today.action_items else ""
    kind: Any = entry.metadata.get("Systemic-Fix")
    said = "\n".join([entry.details, entry.prevention, entry.suggested_action, *entry.action_items])
    follows = kind in rule.fixes and FIXES[kind] in said
    return {
        "prevention": today.prevention if entry.prevention in texts else entry.prevention,
        "suggested_action": today.suggested_action if entry.suggested_action in actions else entry.suggested_action,
        "action_items": tuple(todo if todo and item in actions else item for item in entry.action_items),
        "metadata": _with_kind(entry, today) if follows else entry.metadata,
    }


def _with_kind(entry: Entry, today: Entry) -> Mapping[str, str]:
    return {**entry.metadata, "Systemic-Fix": today.metadata["Systemic-Fix"]}


def _parts(listing: str) -> list[str]:
    return [part.strip() for part in listing.split(",") if part.strip()]
