"""Who qualifies for promotion: the mission's criteria, each with the evidence that it matched by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from opsloop.model import CATEGORIES, PRIORITIES, parse_time
from opsloop.promote.related import Related
from opsloop.targets import quoting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from opsloop.model import Entry
    from opsloop.promote.related import Reach

RECURRING: Final = 3
MONTH: Final = timedelta(days=30)
_OPEN: Final = frozenset({"pending", "in_progress", "resolved"})
_TARGETS: Final = {
    "incident_pattern": "runbook",
    "automation_gap": "backlog",
    "toil_accumulation": "backlog",
    "capacity_issue": "capacity",
    "sla_breach": "slo",
    "process_bottleneck": "agents",
}
_SKILL: Final = frozenset({"verified", "non_obvious", "broadly_applicable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion that matched, and why."""

    criterion: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry that qualifies for a target."""

    entry: Entry
    target: str
    criteria: tuple[Criterion, ...]


def candidates(entries: Sequence[Entry], repaired: Mapping[str, Sequence[datetime]]) -> list[Candidate]:
    """Every entry and target that qualifies, what matters most first: by priority, by how many criteria matched, by
    how often it was seen. ``repaired``: when a manual remediation was done, by entry id.
    """
    found = []
    related = Related(entries, labels=("See Also",))
    for entry in entries:
        if entry.status not in _OPEN or entry.kind == "feature":
            continue
        reach = related.reach(entry)
        standard = tuple(_standard(entry, reach, repaired.get(entry.id, ())))
        if standard:
            found.append(Candidate(entry=entry, target=target_of(entry), criteria=standard))
        skill = tuple(_as_skill(entry, reach))
        named = {one.criterion for one in skill}
        if "user_flagged" in named or named >= _SKILL or {"recurring", "verified"} <= named:
            found.append(Candidate(entry=entry, target="skill", criteria=skill))
    return sorted(found, key=_weight, reverse=True)


def target_of(entry: Entry) -> str:
    """Where the mission's table sends an entry like this."""
    if entry.area == "on_call" and category_of(entry) != "toil_accumulation":
        return "handoff"
    return _TARGETS.get(category_of(entry), "runbook")


def category_of(entry: Entry) -> str:
    """The category, which an issue has only in its pattern key."""
    key = (entry.pattern_key or "").partition(".")[0]
    return entry.category or (key if key in CATEGORIES else "incident_pattern")


def recurrence(entry: Entry) -> int:
    """How often it was seen, as the metadata say; 1 where they don't."""
    count = entry.metadata.get("Recurrence-Count", "")
    return int(count) if count.isdigit() else 1


def _weight(one: Candidate) -> tuple[int, int, int]:
    priority = one.entry.priority
    return PRIORITIES.index(priority) if priority in PRIORITIES else -1, len(one.criteria), recurrence(one.entry)


def _standard(entry: Entry, reach: Reach, repaired: Sequence[datetime]) -> Iterator[Criterion]:
    category, services = category_of(entry), sorted(reach.services)
    if category == "incident_pattern" and len(services) > 1:
        yield Criterion(
            criterion="recurs_across_services", evidence=f"seen in {', '.join(map(quoting.name, services))}"
        )
    times, days = recurrence(entry), _days_between(entry)
    if times >= RECURRING or (times > 1 and days > MONTH.days):
        first, last = (quoting.name(entry.metadata.get(label)) for label in ("First-Seen", "Last-Seen"))
        window = f"{times} times between {first or 'then'} and {last or 'now'}"
        yield Criterion(criterion="recurs_across_windows", evidence=window)
    if (most := _most_in_a_month(repaired)) >= RECURRING:
        yield Criterion(criterion="same_manual_remediation", evidence=f"done {most} times within 30 days")
    slowed = sorted(reach.teams) or services  # a service may stand for a team where none is named
    if category == "process_bottleneck" and len(slowed) > 1:
        yield Criterion(criterion="bottleneck_across_teams", evidence=f"slows {', '.join(map(quoting.name, slowed))}")


def _as_skill(entry: Entry, reach: Reach) -> Iterator[Criterion]:
    services, environments = sorted(reach.services), sorted(reach.environments)
    tags = {tag.strip().lower().replace("-", "_") for tag in entry.metadata.get("Tags", "").split(",")}
    if len(services) > 1 or len(environments) > 1:
        where = ", ".join(map(quoting.name, services if len(services) > 1 else environments))
        yield Criterion(criterion="recurring", evidence=f"same pattern in {where}")
    fix = entry.mitigation or entry.suggested_action or entry.prevention
    if entry.status == "resolved" and entry.root_cause and fix:
        resolved = entry.resolution.get("Resolved", "without a date")
        yield Criterion(criterion="verified", evidence=f"resolved {resolved}, with root cause and fix")
    if "non_obvious" in tags or len(entry.timeline) > RECURRING:
        why = "tagged non_obvious" if "non_obvious" in tags else f"{len(entry.timeline)} steps in its timeline"
        yield Criterion(criterion="non_obvious", evidence=why)
    if len(services) > RECURRING or "broadly_applicable" in tags:
        why = f"{len(services)} services" if len(services) > RECURRING else "tagged broadly_applicable"
        yield Criterion(criterion="broadly_applicable", evidence=why)
    if flagged := entry.metadata.get("User-Flagged"):
        yield Criterion(criterion="user_flagged", evidence=flagged)


def _days_between(entry: Entry) -> int:
    first, last = entry.metadata.get("First-Seen"), entry.metadata.get("Last-Seen")
    if not first or not last:
        return 0
    return (parse_time(last[:10] + "T00:00:00Z") - parse_time(first[:10] + "T00:00:00Z")).days


def _most_in_a_month(times: Sequence[datetime]) -> int:
    """The most within 30 days, both ends included; linear once they are in order."""
    ordered = sorted(times)
    most, first = 0, 0
    for place, time in enumerate(ordered):
        while time - ordered[first] > MONTH:
            first += 1
        most = max(most, place - first + 1)
    return most
