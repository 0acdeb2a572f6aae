"""Group commit: many requests under way, one transaction for all that wait.

A commit costs one trip to the disk, however much it holds. While it is under way, what arrives gathers, and goes into
the next transaction together. Each caller hears of its own rows, after the commit.

The event loop stores the rows itself, and a thread waits for other writers and for the disk: a thread that stored them
would fight with the loop about the interpreter, which costs both more than the rows do. Only a delivery so large that
others would wait for it is stored by the thread.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opsloop.errors import OpsloopError, OutsideFailed
from opsloop.signals.store import disk_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from opsloop.signals.hot import Row
    from opsloop.signals.store import Store

    Waiting = tuple[Sequence[Row], asyncio.Future[int]]

Outcome = TypeVar("Outcome")
GROUP_ROWS: Final = 1_000
"""Rows a transaction at most: what comes later waits no longer than about 10 ms for it."""
_IDLE_S: Final = 0.2
_INDEX_ROWS: Final = 1_000
"""Ids that an idle writer takes to the index at once: what arrives meanwhile waits some milliseconds."""


class Busy(OutsideFailed):
    """More rows wait than may; nothing of this request was taken. Send it again after ``RETRY_AFTER_S``."""

    code = "busy"


class GroupWriter:
    """Writes rows to a store for many callers of one event loop; ``limit_rows`` bounds what may wait in memory."""

    def __init__(self, store: Store, *, limit_rows: int = 100_000) -> None:
        self._hot = store.hot
        self._limit_rows = limit_rows
        self._waiting: list[Waiting] = []
        self._rows = 0
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="signal-writer")
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def waiting_rows(self) -> int:
        """How many rows are not on disk yet."""
        return self._rows

    async def write(self, rows: Sequence[Row]) -> int:
        """Returns, after the commit, how many rows were new. Raises Busy, StoreFull or OutsideFailed: none stored."""
        if self._closed:
            message = "the server is stopping; send it again"
            raise Busy(message)
        if self._rows + len(rows) > self._limit_rows and self._rows:
            message = f"{self._rows} signals wait to be written; send it again"
            raise Busy(message)
        self._rows += len(rows)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, future))
        self._start(self._store_all)
        return await future

    async def close(self) -> None:
        """Write what waits, then give the file back."""
        self._closed = True
        if self._task is not None and not self._task.done():
            await self._task
        if self._idle is not None:
            self._idle.cancel()
        self._thread.shutdown()
        self._hot.close()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin when the loop has gone through all that is ready; one thing at a time."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(work())

    async def _store_all(self) -> None:
        """Store until nothing waits."""
        if self._idle is not None:
            self._idle.cancel()
        while self._waiting:
            await self._store(self._next_group())
            await asyncio.sleep(0)  # who was told answers first, and what is read meanwhile joins the next group
        if self._hot.tail_rows and not self._closed:
            self._idle = asyncio.get_running_loop().call_later(_IDLE_S, self._start, self._index)

    async def _index(self) -> None:
        """Nothing to write: let the index of ids catch up, a little at a time; what fails is tried again later."""
        with suppress(OpsloopError), disk_errors(self._hot.path):
            while self._hot.tail_rows and not self._waiting and not self._closed:
                await self._in_thread(partial(self._hot.index, _INDEX_ROWS))
        await self._store_all()

    def _next_group(self) -> list[Waiting]:
        """The first of those that wait, and more up to GROUP_ROWS."""
        size = count = 0
        for rows, _ in self._waiting:
            if count and size + len(rows) > GROUP_ROWS:
                break
            size, count = size + len(rows), count + 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _store(self, group: list[Waiting]) -> None:
        """One transaction; tells every caller that still listens. Who went away has its rows stored all the same."""
        try:
            counts = await self._append([rows for rows, _ in group])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), count in zip(group, counts, strict=True):
                if not future.done():
                    future.set_result(count)
        finally:
            self._rows -= sum(len(rows) for rows, _ in group)

    async def _append(self, groups: list[Sequence[Row]]) -> list[int]:
        with disk_errors(self._hot.path):
            if not self._hot.begin_now():
                await self._in_thread(self._hot.begin)
            take = partial(self._hot.take, groups)
            counts = take() if sum(map(len, groups)) <= GROUP_ROWS else await self._in_thread(take)
            await self._in_thread(self._hot.commit)
        return counts

    def _in_thread(self, work: Callable[[], Outcome]) -> asyncio.Future[Outcome]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)
