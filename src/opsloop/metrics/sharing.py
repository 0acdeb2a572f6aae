"""One computation for many readers, and for many runs.

Most detectors ask for the same few relations (incidents, deployments). Within ``sharing`` the engine computes each
``shared`` one once and keeps its rows; queries stay small, which matters more than the rows: compiling them was most
of a run. A relation of which each day can be told by itself is ``daily``: of a history it is kept between runs.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from opsloop.signals.rollups import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from datetime import datetime

    from opsloop.signals.rollups import Rollups
    from opsloop.signals.table import Table

    Relation = Callable[..., Table]


@dataclass(slots=True, kw_only=True)
class _Run:
    """What is shared: relations by what they were asked of, and the ``rollups`` of ``seen``."""

    kept: dict[Hashable, Any] = field(default_factory=dict)
    seen: Hashable = None
    rollups: Rollups | None = None
    until: datetime | None = None


_run: Final[ContextVar[_Run | None]] = ContextVar("run", default=None)


@contextmanager
def sharing(seen: Table | None = None, rollups: Rollups | None = None, until: datetime | None = None) -> Iterator[None]:
    """Keep the shared relations until the end; then the engine forgets them. Within another ``sharing``, its end.

    Daily relations of ``seen``, which are all signals ``until`` a moment, come from ``rollups``.
    """
    if _run.get() is not None:
        yield
        return
    with _set(_Run(seen=_identity(seen), rollups=rollups, until=until)):
        yield


def shared(relation: Relation) -> Relation:
    """Mark a relation (a function of tables and hashable choices) as worth keeping: small, and asked for often."""

    @functools.wraps(relation)
    def ask(*tables: Any, **choices: Hashable) -> Table:
        run = _run.get()
        if run is None:
            return relation(*tables, **choices)
        key = (relation.__qualname__, *map(_identity, tables), *sorted(choices.items()))
        if key not in run.kept:
            run.kept[key] = relation(*tables, **choices).cache()
        found: Table = run.kept[key]
        return found

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """A relation of signals whose rows of a day (by column ``on``, a time or date) follow from a few days alone.

    These are the day itself, so many days ``before`` it and so many ``after`` it: the signals of all other days may
    come, go or change, and the day's rows stay. A ``small`` one is taken to memory. ``kept_with`` adds columns to what
    is kept (rows and signals in, rows out): those that are too dear to compute for all days of every run.
    """

    relation: Relation
    on: str = "at"
    before: int = 0
    after: int = 0
    small: bool = False
    kept_with: Relation | None = None

    def __call__(self, signals: Table, **choices: Hashable) -> Table:
        """The rows of all days; kept ones, where the signals have roll-ups."""
        run = _run.get()
        if run is None or run.rollups is None or _identity(signals) != run.seen:
            return self.relation(signals, **choices)
        key = ("daily", self.relation.__qualname__, *sorted(choices.items()))
        if key not in run.kept:
            relation = functools.partial(self._to_keep, **choices)
            spans = {"before": self.before, "after": self.after}
            named = Kept(name=self.relation.__name__, relation=relation, on=self.on, small=self.small, **spans)
            with _set(None):
                run.kept[key] = run.rollups.rows(named, until=run.until)
        found: Table = run.kept[key]
        return found

    def _to_keep(self, signals: Table, **choices: Hashable) -> Table:
        rows = self.relation(signals, **choices)
        return rows if self.kept_with is None else self.kept_with(rows, signals)


def daily(**choices: Any) -> Callable[[Relation], Daily]:
    """Mark a relation as ``Daily``, with these of its ``choices``."""
    return lambda relation: Daily(relation=relation, **choices)


@contextmanager
def _set(run: _Run | None) -> Iterator[None]:
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


def _identity(argument: Any) -> Hashable:
    """What a table computes, or the choice itself: equal expressions are one."""
    identity: Hashable = argument.op() if hasattr(argument, "op") else argument
    return identity
