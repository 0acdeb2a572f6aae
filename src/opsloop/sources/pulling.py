"""Pulling: what a tool's history is asked for, and the pages in which it comes.

A source that can be asked has a module ``pull`` with ``pull(task) -> Iterator[Page]``. It yields signals together with
the cursor that stands once they are stored, so that a run which was cut off goes on where it was. Ids are stable:
what is asked for twice is a duplicate.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from opsloop.errors import BadInput
from opsloop.sources import load, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    from opsloop.config import Slo
    from opsloop.model import Signal
    from opsloop.sources import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to ask for: history from ``since`` to ``now``, going on at ``cursor``. ``received`` marks the signals.

    ``standing`` is the cursor that pulls go on from, also while a part of history is asked for again: what was under
    way by it must not be forgotten. ``mask`` redacts a text: what is kept in a cursor is written to disk, too.
    """

    options: Mapping[str, Any]
    cursor: Mapping[str, Any]
    since: datetime
    received: Delivery
    standing: Mapping[str, Any] = field(default_factory=dict)
    slos: tuple[Slo, ...] = ()
    mask: Callable[[str], str] = str

    def masked(self, labels: Mapping[str, Any]) -> dict[str, str]:
        """Labels as they may be kept."""
        return {name: self.mask(str(value)) for name, value in labels.items()}

    @property
    def now(self) -> datetime:
        """The end of what is asked for."""
        return self.received.received_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Signals, the cursor to keep once they are stored, and how far that is: 0 to 1.

    ``trouble`` is what could not be asked, and fails the pull once all else was.
    """

    signals: tuple[Signal, ...]
    cursor: Mapping[str, Any]
    done: float = 1.0
    label: str = ""
    notes: tuple[str, ...] = ()
    trouble: str = ""


class Puller(Protocol):
    """The shape of a ``pull`` module."""

    def pull(self, task: Task) -> Iterator[Page]:
        """Ask for the history, page by page; raises OutsideFailed or BadInput."""


def pullable() -> list[str]:
    """The sources that can be asked for their history."""
    return [name for name in names() if find_spec(f"opsloop.sources.{name}.pull")]


def load_puller(name: str) -> Puller:
    """The pull module of a source; raises NotFound for an unknown source, BadInput for one that only posts."""
    wanted = name.strip().lower().replace("-", "_")
    load(wanted)
    if wanted not in pullable():
        msg = f"{wanted} cannot be pulled, it only posts; there are {' '.join(pullable())}"
        raise BadInput(msg)
    module: Any = importlib.import_module(f"opsloop.sources.{wanted}.pull")
    return module  # type: ignore[no-any-return]


def windows(start: datetime, end: datetime, length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Half-open pieces of [start, end), none longer than ``length``."""
    while start < end:
        stop = min(start + length, end)
        yield start, stop
        start = stop
