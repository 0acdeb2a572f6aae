"""How far long work is, for whoever listens. The command line draws a bar; where nobody listens it costs nothing."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Listener = Callable[[float, str], None]

T = TypeVar("T")
_listener: Final[ContextVar[Listener | None]] = ContextVar("progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` be told the share that is done (0 to 1) and what is done now, until the block ends."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(done: float, what: str) -> None:
    """Say how far it is."""
    if listener := _listener.get():
        listener(done, what)


def quiet() -> None:
    """No bar from here on: somebody types, or reads what is printed as it comes."""
    tell(1.0, "")


def steps(items: Sequence[T], what: Callable[[T], str]) -> Iterator[T]:
    """The items, each told before its turn."""
    for number, item in enumerate(items):
        tell(number / len(items), what(item))
        yield item
