"""The closed vocabularies: what may happen to what, and what an entry may say of itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

WITHOUT_STATUS: Final = frozenset({"-"})
"""What nothing happens to: it is counted or measured."""

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
    "sample": WITHOUT_STATUS,
    "sli": WITHOUT_STATUS,
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
    **dict.fromkeys(("critical", "fatal", "disaster", "emergency", "page"), "P1"),
    **dict.fromkeys(("error", "high", "major"), "P2"),
    **dict.fromkeys(("warning", "warn", "average", "moderate", "medium", "minor"), "P3"),
    **dict.fromkeys(("info", "information", "low", "notice", "none"), "P4"),
}
_LONGEST_SEVERITY: Final = 60
_NUMBERED: Final = re.compile(r"(?:p|s|sev|severity|priority)[\s_-]?([0-5])\b")
_OF_NUMBER: Final = {"0": "P1", "1": "P1", "2": "P2", "3": "P3", "4": "P4", "5": "P4"}


def severity_of(word: str | None) -> str | None:
    """Map a vendor's severity to P1..P4, also "SEV 2" or "P1 - Critical"; None when it says nothing known."""
    return _severity(word[:_LONGEST_SEVERITY]) if word else None


@lru_cache(maxsize=1024)
def _severity(word: str) -> str | None:
    """Cached, because tools have a few words each."""
    said = word.strip().lower()
    numbered = _NUMBERED.match(said)
    return _OF_NUMBER[numbered[1]] if numbered else _SEVERITY_WORDS.get(said)
