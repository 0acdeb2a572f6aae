"""A bar for work of more than a second, on a terminal's stderr; nothing where stderr goes elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S: Final = 1.0


class Bar:
    """Use as a context manager; it appears when it is told of progress after PATIENCE_S, and leaves nothing behind."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._drawn: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._drawn[0].stop()

    def show(self, done: float, what: str) -> None:
        """Move on to ``done`` (0 to 1)."""
        if self._drawn is None:
            if not sys.stderr.isatty() or time.monotonic() - self._began < PATIENCE_S:
                return
            self._drawn = _drawn()
        bar, task = self._drawn
        bar.update(task, completed=done, description=what)


def _drawn() -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0)
    bar.start()
    return bar, task
