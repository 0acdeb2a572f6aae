"""What speaks for an entry besides its words: the same service or pattern, that it was resolved, that it is recent."""

from __future__ import annotations

from math import exp

from opsloop.index.words import stems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    columns: Mapping[str, str], asked: Sequence[str], *, now: float, service: str | None, pattern_key: str | None
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


def _days(logged: str | None, now: float) -> float:
    """Days since the day on which the entry was logged; what has no readable date is old.

    Counted as in Howard Hinnant, "chrono-compatible low-level date algorithms" (2013): a hook has no datetime.
    """
    try:
        year, month, day = map(int, (logged or "")[:10].split("-"))
    except ValueError:
        return 10_000.0
    year -= month < 3  # a year that begins in March ends with its leap day
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719_469
    return now / 86_400 - days
