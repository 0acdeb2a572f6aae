"""``ingest``: a file of signals, or what a tool would have posted, into the store."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from opsloop.errors import BadInput
from opsloop.progress import tell
from opsloop.sources import Delivery, Parsed, load
from opsloop.verbs.portions import Portion, portions
from opsloop.verbs.scrub import Scrubber
from opsloop.verbs.service_names import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.model import Signal
    from opsloop.verbs.workspace import Workspace

_STEP_SIGNALS: Final = 5_000
"""Signals a transaction: other writers wait no longer than some hundred milliseconds."""
_MOST_LISTED: Final = 10_000
"""Bad lines that a report names."""
_TABLES: Final = frozenset({"csv"})
"""Sources whose files begin with a header row, and may break lines within quotation marks."""


def ingest(ws: Workspace, source: str, file: BinaryIO | bytes, *, timezone: str | None = None) -> dict[str, Any]:
    """Store what is new of a file. Bad lines are reported, the rest goes in. Large files are read in portions.

    ``timezone`` says what times without an offset mean. Raises BadInput for a body that is not the source's at all,
    NotFound for an unknown source.
    """
    load(source, ws.settings.sources)
    source = source.strip().lower().replace("-", "_")  # as its settings are called, however it was typed
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    count = dict.fromkeys(("accepted", "duplicates", "ignored"), 0)
    rejected: list[dict[str, Any]] = []
    notes: list[str] = []
    unlisted = 0
    for portion in portions(stream, table=source in _TABLES):
        try:
            parsed = _read(ws, source, portion, timezone)
        except BadInput as error:
            if not portion.lines_before:
                raise
            raise _broken_off(error, portion, count) from None
        for name, value in store(ws, parsed.signals, origin="file").items():
            count[name] += value
        count["ignored"] += parsed.ignored
        notes += parsed.notes
        bad = [{"line": line + portion.lines_before, "error": error} for line, error in parsed.rejected]
        unlisted += max(0, len(rejected) + len(bad) - _MOST_LISTED)
        rejected = (rejected + bad)[:_MOST_LISTED]
    if unlisted:
        notes.append(f"{unlisted} more lines were rejected than the {_MOST_LISTED} that are listed")
    return {**count, "rejected": rejected, "notes": notes}


def _broken_off(error: BadInput, portion: Portion, count: dict[str, int]) -> BadInput:
    return BadInput(
        f"from line {portion.lines_before + 1} on: {error}; {count['accepted']} signals before it are stored,"
        " mend the file and ingest it again: what is known counts once"
    )


def _read(ws: Workspace, source: str, portion: Portion, timezone: str | None) -> Parsed:
    """Parse one document of the source, or a portion of a file with one document a line."""
    module = load(source, ws.settings.sources)
    options = dict(ws.settings.sources.get(source, {}))
    if timezone is not None:
        options["timezone"] = timezone
    try:
        return module.parse(Delivery(body=portion.body, received_at=ws.now), options)
    except BadInput:
        lines = [(number, line) for number, line in enumerate(portion.body.splitlines(), 1) if line.strip()]
        of_lines = portion.lines_before or (len(lines) > 1 and lines[0][1].rstrip().endswith(b"}"))
        if not of_lines or source in _TABLES:
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
    scrub, names = Scrubber(ws.redact), ws.settings.service_names
    accepted = 0
    for step in _steps(signals):
        accepted += ws.store.append(scrub(joined(step, names)), origin=origin, now=ws.now).accepted
    return {"accepted": accepted, "duplicates": len(signals) - accepted}


def _steps(signals: tuple[Signal, ...]) -> Iterator[tuple[Signal, ...]]:
    for first in range(0, len(signals), _STEP_SIGNALS):
        tell(first / len(signals), f"{first:,} of {len(signals):,} signals")
        yield signals[first : first + _STEP_SIGNALS]
