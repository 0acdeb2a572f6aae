"""The closed vocabularies: what may happen to what, and what an entry may say of itself."""

from __future__ import annotations

from typing import Final, Literal

KINDS: Final[dict[str, frozenset[str]]] = {
    "alert": frozenset({"firing", "acknowledged", "resolved", "no_data"}),
    "incident": frozenset({"started", "detected", "acknowledged", "mitigated", "resolved"}),
    "deployment": frozenset({"requested", "started", "succeeded", "failed", "rolled_back"}),
    "change": frozenset({"opened", "merged", "released", "pushed"}),
    "pipeline": frozenset({"started", "succeeded", "failed", "cancelled"}),
    "event": frozenset({"warning", "normal"}),
    "canary": frozenset({"passed", "failed"}),
    "approval": frozenset({"requested", "granted", "rejected"}),
    "step": frozenset({"done"}),
    "remediation": frozenset({"done"}),
    "shift": frozenset({"ended"}),
    "sample": frozenset({"-"}),
    "sli": frozenset({"-"}),
    "command": frozenset({"failed"}),
}
"""What may happen to what: the statuses of each kind of signal, version 1."""

SEVERITIES: Final = ("P1", "P2", "P3", "P4")
PRIORITIES: Final = ("low", "medium", "high", "critical")
STATUSES: Final = ("pending", "in_progress", "resolved", "wont_fix", "promoted", "promoted_to_skill")
CATEGORIES: Final = (
    "process_bottleneck",
    "incident_pattern",
    "capacity_issue",
    "automation_gap",
    "sla_breach",
    "toil_accumulation",
)
AREAS: Final = (
    "incident_management",
    "change_management",
    "capacity_planning",
    "automation",
    "monitoring",
    "runbooks",
    "on_call",
)
Kind = Literal["learning", "issue", "feature"]
ENTRY_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "learning": ("LRN", "LEARNINGS.md"),
    "issue": ("OPS", "OPERATIONS_ISSUES.md"),
    "feature": ("FEAT", "FEATURE_REQUESTS.md"),
}
"""An entry's kind: the prefix of its id and the file that it lives in."""

_SEVERITY_WORDS: Final = {
    **dict.fromkeys(("critical", "fatal", "disaster", "emergency", "page", "p0", "p1", "sev1", "sev-1"), "P1"),
    **dict.fromkeys(("error", "high", "major", "p2", "sev2", "sev-2"), "P2"),
    **dict.fromkeys(("warning", "warn", "average", "moderate", "medium", "minor", "p3", "sev3", "sev-3"), "P3"),
    **dict.fromkeys(("info", "information", "low", "notice", "none", "p4", "p5", "sev4", "sev-4", "sev5"), "P4"),
}


def severity_of(word: str | None) -> str | None:
    """Map a vendor's severity word to P1..P4; None when the word says nothing known."""
    return _SEVERITY_WORDS.get(word.strip().lower()) if word else None
