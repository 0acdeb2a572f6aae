"""Blameless postmortems: what happened, how long each part took, what contributed, who does what by when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.model import Entry, Signal
    from opsloop.targets import Material

FORM: Final = Form(promoted="postmortem", place="docs/postmortems")
_OWNED: Final = re.compile(r"\(\s*[^(),]+,\s*[^()]*\d[^()]*\)\s*$")
_MOMENTS: Final = ("started", "detected", "acknowledged", "mitigated", "resolved")
_INTERVALS: Final = (
    ("TTD", "detected - started", ("detected", "started")),
    ("TTA", "acknowledged - detected", ("acknowledged", "detected")),
    ("TTR", "resolved - detected", ("resolved", "detected")),
)


def render(material: Material) -> dict[str, str]:
    """One postmortem an entry, about the latest incident of its evidence."""
    return dict(_postmortem(material, entry) for entry in material.entries)


def _postmortem(material: Material, entry: Entry) -> tuple[str, str]:
    signals = _latest_incident(material.evidence.get(entry.id, ()))
    day = f"{signals[0].at:%Y-%m-%d}" if signals else (entry.logged or f"{material.now:%Y-%m-%d}")[:10]
    related = material.related.get(entry.id, ())
    text = prose.document(
        f"# Postmortem: {prose.title(entry)} ({day})",
        prose.provenance("Postmortem", [entry]),
        "Blameless: this asks what in the system made the failure possible, not who was there.",
        "## Summary",
        prose.or_question(quoting.told(entry, entry.summary), "What happened, in two sentences?"),
        "## Impact",
        _impact(entry),
        "## Timeline (UTC)",
        _timeline(entry, signals),
        "## Detection and response",
        _response(signals),
        "## Root cause",
        prose.or_question(quoting.told(entry, entry.root_cause), "What in the system caused this?"),
        "## Contributing factors",
        _contributing(entry),
        "## Mitigation",
        prose.or_question(quoting.advised(entry, entry.mitigation), "What restored the service?"),
        "## Prevention",
        prose.or_question(
            quoting.advised(entry, entry.prevention or entry.suggested_action), "What keeps this from happening again?"
        ),
        "## Action items",
        _actions(entry),
        "## Similar incidents",
        prose.bullets(f"{other.id}: {prose.title(other)} ({quoting.name(other.status)})" for other in related)
        or "None is known.",
    )
    return f"{material.place}/{day}-{prose.topic(entry)}.md", text


def _latest_incident(signals: Sequence[Signal]) -> list[Signal]:
    """All signals of the incident that began last; of anything else, the last day's."""
    began = [signal for signal in signals if signal.kind == "incident" and signal.status in {"started", "detected"}]
    if began:
        last = max(began, key=lambda signal: signal.at)
        episode = [signal for signal in signals if signal.fingerprint == last.fingerprint or signal.id == last.id]
    else:
        episode = [signal for signal in signals if signal.at.date() == signals[-1].at.date()]
    return sorted(episode, key=lambda signal: signal.at)


def _impact(entry: Entry) -> str:
    if entry.impact:
        said = quoting.quoted if entry.origin else str
        return prose.bullets(f"**{said(label)}**: {said(value)}" for label, value in entry.impact.items() if label)
    return prose.question("Who was affected, for how long, and what did it cost of the error budget?")


def _timeline(entry: Entry, signals: Sequence[Signal]) -> str:
    told = () if signals and entry.origin == "detector" else entry.timeline  # a detector's speaks of the pattern
    said = quoting.quoted if entry.origin else quoting.inert
    rows = [(said(time), said(event)) for time, event in told]
    rows += [
        (prose.minute(one.at), f"{one.kind} {one.status} {quoting.quoted(one.summary or one.name)}".strip())
        for one in signals
    ]
    return prose.table(("Time", "Event"), rows) if rows else prose.question("What happened when?")


def _response(signals: Sequence[Signal]) -> str:
    """The intervals of the incident, each with its definition; an interval that runs backwards is unknown."""
    at = {
        status: min(one.at for one in signals if one.status == status)
        for status in _MOMENTS
        if any(one.kind == "incident" and one.status == status for one in signals)
    }
    if "detected" not in at and "started" in at and "resolved" in at:
        at["detected"] = at["started"]
    rows = []
    for name, definition, (end, begin) in _INTERVALS:
        seconds = (at[end] - at[begin]).total_seconds() if end in at and begin in at else None
        rows.append((name, definition, prose.span(seconds if seconds is None or seconds >= 0 else None)))
    if not at:
        return prose.question("When was it detected, acknowledged, mitigated and resolved?")
    return prose.table(("Interval", "Definition", "Time"), rows)


def _contributing(entry: Entry) -> str:
    named = prose.section(entry, "Contributing Factors")
    factors = prose.bullets(prose.steps_of(entry, named)) or prose.offered(entry, named)
    found = "\n\n".join(part for part in (factors, quoting.told(entry, entry.details)) if part)
    return found or prose.question("What made it more likely, worse, or harder to see?")


def _actions(entry: Entry) -> str:
    if not entry.action_items or entry.origin == "import":
        offered = prose.offered(entry, "\n".join(entry.action_items))
        return "\n\n".join(filter(None, (prose.question("Who does what, by when?"), offered)))
    lines = []
    for item in entry.action_items:
        done = item.startswith("[x] ")
        lines.append(f"- [{'x' if done else ' '}] {item.removeprefix('[x] ')}")
        if not done and not _OWNED.search(item):
            lines.append(f"  {prose.question('Who owns this, and by when?')}")
    return "\n".join(lines)
