"""What speaks for an entry besides its words: the same service or pattern, that it was resolved, that it is recent."""

from __future__ import annotations

from math import exp

from opsloop.index.words import stems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_STATUS = {
    "promoted_to_skill": 1.12,
    "promoted": 1.12,
    "resolved": 1.08,
    "in_progress": 1.0,
    "pending": 1.0,
    "wont_fix": 0.9,
}
_SERVICE = 1.25
_RECENT = 0.08
_RECENT_DAYS = 90.0


def standing(
    columns: Mapping[str, str], asked: Sequence[str], *, now: datetime, service: str | None, pattern_key: str | None
) -> tuple[float, list[str]]:
    """A factor around 1 for the entry's order, and the reasons that a person should read."""
    factor, reasons = _STATUS.get(columns["status"] or "", 1.0), []
    if pattern_key and columns["pattern_key"] == pattern_key:
        reasons.append(f"the same pattern {pattern_key}")
    own = columns["service"] or ""
    if own and (own == service or set(stems(own)) <= set(asked)):
        factor *= _SERVICE
        reasons.append(f"service {own}")
    if factor > 1 and columns["status"] in ("resolved", "promoted", "promoted_to_skill"):
        reasons.append(columns["status"].replace("_", " "))
    age = _days(columns["logged"], now)
    return factor * (1 + _RECENT * exp(-max(age, 0.0) / _RECENT_DAYS)), reasons


def _days(logged: str | None, now: datetime) -> float:
    """Days since the entry was logged; what has no readable date is old.

    By the class of ``now``: a hook has it without the module ``datetime``, which takes 2 ms to import.
    """
    try:
        moment = type(now).fromisoformat(logged or "")
    except ValueError:
        return 10_000.0
    return (now - (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo))).total_seconds() / 86_400
