"""One computation for many readers: while detectors run side by side, a relation of the same signals is kept.

Most detectors ask for the same few relations (incidents, deployments). Within ``sharing`` the engine computes each
once and keeps its rows; queries stay small, which matters more than the rows: compiling them was most of a run.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from opsloop.signals.table import Table

_kept: Final[ContextVar[dict[Hashable, Any] | None]] = ContextVar("kept", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Keep the shared relations until the end; then the engine forgets them. Within another ``sharing``, its end."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def shared(relation: Callable[..., Table]) -> Callable[..., Table]:
    """Mark a relation (a function of tables and hashable choices) as worth keeping: small, and asked for often."""

    @functools.wraps(relation)
    def ask(*tables: Any, **choices: Hashable) -> Table:
        kept = _kept.get()
        if kept is None:
            return relation(*tables, **choices)
        key = (relation.__qualname__, *map(_identity, tables), *sorted(choices.items()))
        if key not in kept:
            kept[key] = relation(*tables, **choices).cache()
        found: Table = kept[key]
        return found

    return ask


def _identity(argument: Any) -> Hashable:
    """What a table computes, or the choice itself: equal expressions are one."""
    identity: Hashable = argument.op() if hasattr(argument, "op") else argument
    return identity
