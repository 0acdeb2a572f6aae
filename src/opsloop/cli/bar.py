"""A bar for work of more than a second, on a terminal's stderr; nothing where stderr goes elsewhere."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S: Final = 1.0


class Bar:
    """Use as a context manager; it appears after PATIENCE_S and leaves nothing behind.

    It moves to and fro until it is told how far the work is, and ends for good when that is all of it.
    """

    def __init__(self, what: str) -> None:
        """``what`` is done until somebody says it more exactly."""
        self._lock = Lock()
        self._drawn: tuple[Progress, TaskID] | None = None
        self._told: tuple[float | None, str] = (None, what)
        self._waiting = Timer(PATIENCE_S, self._appear)
        self._waiting.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._waiting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def show(self, done: float, what: str) -> None:
        """Move on to ``done`` (0 to 1)."""
        if done >= 1:
            self._end()
            return
        with self._lock:
            self._told = (done, what)
            if self._drawn:
                bar, task = self._drawn
                bar.update(task, total=1.0, completed=done, description=what)

    def _appear(self) -> None:
        with self._lock:
            if self._waiting.finished.is_set():  # it ended while this thread waited for the lock
                return
            self._drawn = _drawn(*self._told)

    def _end(self) -> None:
        self._waiting.cancel()
        with self._lock:
            if self._drawn:
                self._drawn[0].stop()
                self._drawn = None


def _drawn(done: float | None, what: str) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=None)
    if done is not None:
        bar.update(task, total=1.0, completed=done)
    bar.start()
    return bar, task
