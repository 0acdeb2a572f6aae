"""What the loop makes of signals and entries: findings, promotions and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Decision = Literal["improved", "no_change", "worse", "not_enough_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector found: a pattern worth learning from, with the ids of the signals that show it."""

    detector: str
    pattern_key: str
    service: str | None
    category: str
    area: str
    severity: str | None
    priority: str
    first_seen: datetime
    last_seen: datetime
    count: int
    evidence: tuple[str, ...]
    metrics: Mapping[str, Any]
    summary: str
    entry_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Entries rendered into a target's files. ``files``: path relative to the root -> whole text."""

    target: str
    entry_ids: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How often something happened in how many days under observation."""

    count: int
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Did the pattern become rarer? ``ratio`` is rate after / rate before, with its exact 95% interval."""

    id: str
    decision: Decision
    before: Exposure
    after: Exposure
    ratio: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_fell: float | None = None
    days_needed: float | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
