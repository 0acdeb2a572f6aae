"""Does an entry hold what looks like an attempt to steer an agent? It is listed, a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsloop.model import Entry
from opsloop.redact.external import suspicious

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def attempt(entry: Entry, judge: Callable[[str], str | None] = suspicious) -> str | None:
    """Why one of the entry's texts looks like one, or None. ``judge`` may remember texts that many entries share."""
    return next((reason for text in _texts(entry) if (reason := judge(text))), None)


def _texts(entry: Entry) -> Iterator[str]:
    """Everything that an entry says, wherever it says it."""
    waiting: list[Any] = [getattr(entry, name) for name in Entry.__slots__]
    while waiting:
        match waiting.pop():
            case str(text) if text:
                yield text
            case dict() as labelled:
                waiting += [*labelled, *labelled.values()]
            case list() | tuple() as several:
                waiting += several
