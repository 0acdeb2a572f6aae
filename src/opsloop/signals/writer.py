"""Group commit: many requests under way, one transaction for all that wait.

A commit costs one trip to the disk, however much it holds. So one thread writes; while it commits, what arrives
gathers, and goes into the next transaction together. Each caller hears of its own rows, after the commit. The thread
is called when the loop has gone through all that was ready: called at once, it would take few rows at a time and the
interpreter from those who still read theirs.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from opsloop.errors import OpsloopError, OutsideFailed
from opsloop.signals.store import disk_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.signals.hot import Row
    from opsloop.signals.store import Store

    Waiting = tuple[Sequence[Row], asyncio.Future[int]]
    Outcome = tuple[asyncio.Future[int], int | OpsloopError]

GROUP_ROWS: Final = 2_000
"""Rows a transaction at most: what comes later waits no longer than about 20 ms for it."""
_IDLE_S: Final = 0.2
_INDEX_ROWS: Final = 1_000
"""Ids that an idle writer takes to the index at once: what arrives meanwhile waits some milliseconds."""


class Busy(OutsideFailed):
    """More rows wait than may; nothing of this request was taken. Send it again after ``RETRY_AFTER_S``."""

    code = "busy"


class GroupWriter:
    """Writes rows to a store for many callers of one event loop; ``limit_rows`` bounds what may wait in memory."""

    def __init__(self, store: Store, *, limit_rows: int = 100_000) -> None:
        self._store = store
        self._limit_rows = limit_rows
        self._gathered: list[Waiting] = []
        self._waiting: deque[Waiting] = deque()
        self._rows = 0
        self._closed = self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="signal-writer", daemon=True)
        self._thread.start()

    @property
    def waiting_rows(self) -> int:
        """How many rows are not on disk yet."""
        return self._rows

    async def write(self, rows: Sequence[Row]) -> int:
        """Returns, after the commit, how many rows were new. Raises Busy, StoreFull or OutsideFailed: none stored."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        with self._changed:
            if self._closed:
                message = "the server is stopping; send it again"
                raise Busy(message)
            if self._rows + len(rows) > self._limit_rows and self._rows:
                message = f"{self._rows} signals wait to be written; send it again"
                raise Busy(message)
            self._rows += len(rows)
            self._gathered.append((rows, future))
            if len(self._gathered) == 1:
                loop.call_soon(self._call)
        return await future

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._changed:
            self._closed = True
        self._call()
        self._thread.join()

    def _call(self) -> None:
        """Give the thread what gathered."""
        with self._changed:
            self._waiting += self._gathered
            self._gathered.clear()
            self._changed.notify()

    def _run(self) -> None:
        while not self._ended:
            if group := self._next_group():
                self._tell(self._commit(group))
            else:
                self._index()
        self._store.hot.close()

    def _next_group(self) -> list[Waiting]:
        """All that waits, up to GROUP_ROWS; empty when nothing came for a while, or nothing more will come."""
        group: list[Waiting] = []
        size = 0
        with self._changed:
            patience = _IDLE_S if self._store.hot.tail_rows else None
            self._changed.wait_for(lambda: self._waiting or self._closed, patience)
            while self._waiting and (not group or size + len(self._waiting[0][0]) <= GROUP_ROWS):
                size += len(self._waiting[0][0])
                group.append(self._waiting.popleft())
            self._ended = self._closed and not group
        return group

    def _index(self) -> None:
        """Nothing to write: let the index of ids catch up, a little at a time; what fails is tried again later."""
        with suppress(OpsloopError), disk_errors(self._store.hot.path):
            while self._store.hot.tail_rows and not self._waiting:
                self._store.hot.index(_INDEX_ROWS)

    def _commit(self, group: list[Waiting]) -> list[Outcome]:
        try:
            with disk_errors(self._store.hot.path):
                counts = self._store.hot.append_groups([rows for rows, _ in group])
        except OpsloopError as error:
            return [(future, error) for _, future in group]
        finally:
            with self._changed:
                self._rows -= sum(len(rows) for rows, _ in group)
        return [(future, count) for (_, future), count in zip(group, counts, strict=True)]

    @staticmethod
    def _tell(outcomes: list[Outcome]) -> None:
        """Wake the callers, in their own loop, all in one go."""
        loop = outcomes[0][0].get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: list[Outcome]) -> None:
    for future, outcome in outcomes:
        if future.done():  # the client went away; its rows are stored all the same
            continue
        if isinstance(outcome, OpsloopError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
