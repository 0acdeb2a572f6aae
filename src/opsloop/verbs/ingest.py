"""``ingest``: a file of signals, or what a tool would have posted, into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.progress import tell
from opsloop.sources import Delivery, Parsed, load
from opsloop.verbs.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.model import Signal
    from opsloop.verbs.workspace import Workspace

_STEP_SIGNALS: Final = 5_000
"""Signals a transaction: other writers wait no longer than some hundred milliseconds."""


def ingest(ws: Workspace, source: str, body: bytes, *, timezone: str | None = None) -> dict[str, Any]:
    """Store what is new of a file. Bad lines are reported, the rest goes in.

    ``timezone`` says what times without an offset mean. Raises BadInput for a body that is not the source's at all,
    NotFound for an unknown source.
    """
    parsed = read(ws, source, body, timezone=timezone)
    counts = store(ws, parsed.signals, origin="file")
    rejected = [{"line": line, "error": error} for line, error in parsed.rejected]
    return {**counts, "ignored": parsed.ignored, "rejected": rejected, "notes": list(parsed.notes)}


def read(ws: Workspace, source: str, body: bytes, *, timezone: str | None = None) -> Parsed:
    """Parse one document of the source, or a file with one document a line."""
    module = load(source)
    options = dict(ws.settings.sources.get(source.replace("-", "_"), {}))
    if timezone is not None:
        options["timezone"] = timezone
    try:
        return module.parse(Delivery(body=body, received_at=ws.now), options)
    except BadInput:
        lines = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith(b"}"):
            raise
    signals: list[Signal] = []
    notes: list[str] = []
    rejected: list[tuple[int, str]] = []
    ignored = 0
    for number, line in lines:
        try:
            one = module.parse(Delivery(body=line, received_at=ws.now), options)
        except BadInput as error:
            rejected.append((number, str(error)))
            continue
        signals += one.signals
        ignored += one.ignored
        notes += one.notes
        rejected += [(number, reason) for _, reason in one.rejected]
    return Parsed(signals=tuple(signals), ignored=ignored, notes=tuple(notes), rejected=tuple(rejected))


def store(ws: Workspace, signals: tuple[Signal, ...], *, origin: str) -> dict[str, int]:
    """Scrub and append; returns ``accepted`` and ``duplicates``. ``pull`` and imports end here too."""
    scrub = Scrubber(ws.redact)
    accepted = 0
    for step in _steps(signals):
        accepted += ws.store.append(scrub(step), origin=origin, now=ws.now).accepted
    return {"accepted": accepted, "duplicates": len(signals) - accepted}


def _steps(signals: tuple[Signal, ...]) -> Iterator[tuple[Signal, ...]]:
    for first in range(0, len(signals), _STEP_SIGNALS):
        tell(first / len(signals), f"{first:,} of {len(signals):,} signals")
        yield signals[first : first + _STEP_SIGNALS]
