"""The five concepts that flow through opsloop; one class each, used from store to surface.

    Signal -> Finding -> Entry -> Promotion -> Verdict

All times are timezone-aware UTC. JSON forms are plain dictionaries made by ``as_json`` and read by ``from_json``.
"""

from opsloop.model.entry import Entry, origin_of
from opsloop.model.outcome import Decision, Exposure, Finding, Promotion, Verdict
from opsloop.model.signal import Signal
from opsloop.model.times import asked_time, format_time, parse_time
from opsloop.model.words import (
    AREAS,
    CATEGORIES,
    ENTRY_KINDS,
    KINDS,
    PRIORITIES,
    SEVERITIES,
    STATUSES,
    Kind,
    severity_of,
)

__all__ = [
    "AREAS",
    "CATEGORIES",
    "ENTRY_KINDS",
    "KINDS",
    "PRIORITIES",
    "SEVERITIES",
    "STATUSES",
    "Decision",
    "Entry",
    "Exposure",
    "Finding",
    "Kind",
    "Promotion",
    "Signal",
    "Verdict",
    "asked_time",
    "format_time",
    "origin_of",
    "parse_time",
    "severity_of",
]
