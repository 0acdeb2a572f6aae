"""A few threads for long work that nothing depends on: the server stops without waiting for them."""

from __future__ import annotations

from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Workers:
    """Daemon threads that take work in turn; what they do only reads, so it may be cut off at any moment."""

    def __init__(self, count: int) -> None:
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        for number in range(count):
            Thread(target=self._work, name=f"results-{number}", daemon=True).start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do ``work`` when a thread is free."""
        future: Future[T] = Future()
        self._tasks.put((future, work))
        return future

    def _work(self) -> None:
        while True:
            future, work = self._tasks.get()
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it belongs to who asks for the result
                future.set_exception(error)
