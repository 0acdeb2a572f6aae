"""What a detector declares about itself: the mission's verdict on what it finds, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Kind

Fix = Literal["missing_automation", "missing_runbook", "slo_threshold", "architectural_limit", "missing_alert"]

FIXES: Final[Mapping[Fix, str]] = {
    "missing_automation": "Missing automation: put it on the automation backlog.",
    "missing_runbook": "Missing runbook: write down the steps that worked.",
    "slo_threshold": "Wrong threshold: review the alert or the SLO and adjust it.",
    "architectural_limit": "Architectural limitation: a capacity model or an architecture review has to settle it.",
    "missing_alert": "Missing alert: add a monitoring rule that sees it first.",
}
"""What recurring operations issues often indicate (the mission's five), and where that leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A detector's frozen facts.

    ``kind``, ``category``, ``area``: which file and which filters its entries belong to. ``priority`` and
    ``severity`` hold where a finding brings none (a learning has no severity). ``definition`` is printed with every
    finding, filled with the thresholds; ``summary`` and the reasons in ``fixes`` are filled with the finding's own
    columns. The first of ``fixes`` holds where a finding names none in its column ``fix``. ``trigger`` goes into the
    metadata (a learning's Source). ``reads`` are the kinds of signals it looks at, ``reach_days`` how far back a
    finding of today may need to look by the default thresholds (a back-test follows those in force); None: to the
    beginning, which costs little where only rare kinds are read.

    How the past is replayed: most detectors date each day on which they would have found something. ``standing``: it
    judges a state as of ``now``. ``restated``: what is told later (an incident's pattern, that it is open again)
    changes what it found before. Both are asked as of each day; ``at_once``: as of many days in one query
    (``metrics.moments``).
    """

    kind: Kind
    category: str
    area: str
    priority: str
    definition: str
    summary: str
    fixes: Mapping[Fix, str]
    trigger: str
    reads: frozenset[str]
    severity: str | None = None
    impact: str = ""
    action: str = ""
    dora: str = ""
    reach_days: int | None = None
    standing: bool = False
    restated: bool = False
    at_once: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
