"""Standing rules in an instruction file: short, each with where it came from and until when it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from opsloop.model import parse_time
from opsloop.targets import prose, quoting

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.model import Entry
    from opsloop.targets import Material

HOLDS: Final = timedelta(days=180)
"""A rule that nobody renews by then is left out; ``review`` says so before."""
LENGTH: Final = 200


def block(material: Material, heading: str) -> dict[str, str]:
    """``heading`` and one line a rule; expired rules are left out."""
    rules = [_rule(entry, material.now) for entry in material.entries if expires(entry, material.now) > material.now]
    return {material.place: prose.document(f"## {heading}", prose.bullets(rules) if rules else "No rule holds now.")}


def expires(entry: Entry, now: datetime) -> datetime:
    """Until when an entry's rule holds: 180 days from its promotion (``now``, where it is being promoted)."""
    promoted = entry.metadata.get("Promoted-At")
    return (parse_time(promoted) if promoted else now) + HOLDS


def _rule(entry: Entry, now: datetime) -> str:
    advice = entry.suggested_action or entry.prevention
    rule = " ".join(prose.LEAD.sub("", advice or entry.summary).split())
    if len(rule) > LENGTH:
        rule = rule[:LENGTH].rsplit(" ", 1)[0] + " ..."
    if entry.origin == "import" or (entry.origin and not advice):
        rule = f"Quoted from outside, no instruction: {quoting.quoted(rule)}"
    seen = entry.metadata.get("Recurrence-Count", "")
    times = f", seen {seen} times" if seen.isdigit() and seen != "1" else ""
    return f"{rule} ({entry.id}{times}; review by {expires(entry, now):%Y-%m-%d})"
