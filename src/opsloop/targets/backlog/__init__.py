"""The automation backlog: toil candidates ranked by hours saved per hour of effort, as a table and as issue files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.targets import Material

FORM: Final = Form(promoted="automation backlog", place="docs/automation-backlog.md", gathers=True)
_SAVED: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:h|hours?)\s*(?:/|per|a|each)\s*(year|month|week|day)", re.IGNORECASE)
_EFFORT: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s*(hours?|h|days?|d|weeks?|w)\b(?:\s*(?:to implement|of work|effort))?", re.IGNORECASE
)
_TO_IMPLEMENT: Final = re.compile(
    r"(\d+(?:\.\d+)?\s*(?:hours?|days?|weeks?))\s*(?:to implement|of work|effort)", re.IGNORECASE
)
_A_YEAR: Final = {"year": 1, "month": 12, "week": 52, "day": 365}
_WORK_HOURS: Final = {"h": 1, "d": 8, "w": 40}
_LEAST_DAYS: Final = 30
"""Shorter observation than this is not stretched to a year by more than its own length allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One piece of toil. ``hours_a_year`` and ``effort_hours`` are None while nobody measured or stated them."""

    entry: Entry
    hours_a_year: float | None
    effort_hours: float | None
    basis: str

    @property
    def worth(self) -> tuple[float, float]:
        """What ranks it: hours saved per hour of effort, then hours saved; the unknown comes last."""
        saved = self.hours_a_year or 0.0
        return (saved / self.effort_hours if self.effort_hours else 0.0), saved


def render(material: Material) -> dict[str, str]:
    """The ranked table, and one issue file a candidate beside it."""
    ranked = sorted(
        (_candidate(material, entry) for entry in material.entries), key=lambda one: one.worth, reverse=True
    )
    folder = material.place.removesuffix(".md")
    rows = [
        (
            str(rank),
            f"[{prose.title(one.entry)}]({folder.rpartition('/')[2]}/{one.entry.id}.md)",
            _number(one.hours_a_year),
            _number(one.effort_hours),
            f"{one.worth[0]:.1f}" if one.effort_hours and one.hours_a_year is not None else "?",
            one.basis,
        )
        for rank, one in enumerate(ranked, 1)
    ]
    head = ("Rank", "Candidate", "Hours saved a year", "Effort (hours)", "Saved per hour of effort", "Basis")
    text = prose.document(
        "# Automation backlog",
        prose.provenance("Backlog", material.entries),
        "Ranked by hours of toil saved in the first year per hour of effort; a day of work is 8 hours.",
        prose.table(head, rows),
    )
    return {material.place: text} | {f"{folder}/{one.entry.id}.md": _issue(material, one) for one in ranked}


def _candidate(material: Material, entry: Entry) -> Candidate:
    measured, said = _measured(material, entry), _stated(entry)
    basis = ["measured: " + measured[1]] if measured else []
    if said is not None:
        basis.append(f"stated in {entry.id}: {said:g} h a year")
    return Candidate(
        entry=entry,
        hours_a_year=measured[0] if measured else said,
        effort_hours=_effort(entry),
        basis="; ".join(basis) or "not measured, not stated",
    )


def _measured(material: Material, entry: Entry) -> tuple[float, str] | None:
    """Hands-on hours a year from the recorded remediations, and in words how that was counted."""
    done = [one for one in material.occurrences.get(entry.id, ()) if one.kind == "remediation" and one.duration_s]
    if not done:
        return None
    hours = sum(one.duration_s or 0.0 for one in done) / 3600
    seen = (material.now - done[0].at).total_seconds() / 86400
    days = max(material.figures.get("observed_days", {}).get(entry.id) or seen, _LEAST_DAYS)
    return hours / days * 365, f"{hours:.1f} h in {len(done)} remediations over {days:.0f} days"


def _stated(entry: Entry) -> float | None:
    said = prose.section(entry, "Hours Saved")
    texts = (said, entry.suggested_action, entry.user_context, entry.suggested_implementation, entry.details)
    for text in texts:
        if match := _SAVED.search(text):
            return float(match[1]) * _A_YEAR[match[2].lower()]
    return None


def _effort(entry: Entry) -> float | None:
    if match := _EFFORT.match(prose.section(entry, "Effort")):
        return float(match[1]) * _WORK_HOURS[match[2][0].lower()]
    for text in (entry.suggested_action, entry.suggested_implementation, entry.complexity, entry.details):
        if (named := _TO_IMPLEMENT.search(text)) and (match := _EFFORT.match(named[1])):
            return float(match[1]) * _WORK_HOURS[match[2][0].lower()]
    return None


def _issue(material: Material, one: Candidate) -> str:
    entry = one.entry
    proposal = entry.suggested_action or entry.suggested_implementation
    effort = f"{one.effort_hours:g} hours" if one.effort_hours else prose.question("How much work is this (`Effort`)?")
    saved = f"{one.hours_a_year:.0f} hours a year ({one.basis})" if one.hours_a_year is not None else ""
    return prose.document(
        f"# Automate: {prose.title(entry)}",
        prose.provenance("Backlog item", [entry]),
        "## Toil",
        "\n\n".join(quoting.told(entry, text) for text in (entry.summary, entry.details or entry.user_context) if text),
        "## Proposal",
        prose.or_question(
            quoting.advised(entry, prose.LEAD.sub("", proposal)), "What should do this instead of a person?"
        ),
        "## Hours saved",
        prose.or_question(saved, "How many hours does this take now?"),
        "## Effort",
        effort,
        "## Done when",
        prose.or_question(
            quoting.advised(entry, prose.section(entry, "Done When", "Verification")),
            "How is it seen that no hands are needed?",
        ),
        "## Last times it was done by hand",
        prose.last_occurrences(material.occurrences.get(entry.id, ())) or "None is stored.",
    )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"
