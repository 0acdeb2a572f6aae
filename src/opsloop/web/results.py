"""Results kept between requests: computed once per state of the data, shown at once, renewed in the background."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

    from opsloop.verbs.workspace import Workspace

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int], ...]


def stamp_of(ws: Workspace) -> Stamp:
    """Names, sizes and times of the files that results come from: equal stamps mean equal data."""
    files = [ws.root / "opsloop.toml", *sorted((ws.root / ".learnings").rglob("*.md"))]
    files += [*sorted(ws.state_path.glob("signals.sqlite*")), ws.state_path / "lake"]
    found = []
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)


@dataclass(slots=True)
class _Kept:
    stamp: Stamp
    value: Any
    renewal: Future[None] | None = None


class Results:
    """Values by key. The first request for a key computes; after the data changed the old value is shown once more
    while one thread computes the new one, so that no page waits for a large history twice.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._lock = Lock()
        self._renewing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="results")
        self._begun: set[Hashable] = set()
        self.renewals = 0

    def get(self, key: Hashable, stamp: Stamp, compute: Callable[[], T], *, fresh: bool = False) -> T:
        """The value of ``compute`` for ``key``; ``fresh`` waits for the current one."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and (kept.stamp == stamp or not fresh):
                if kept.stamp != stamp and kept.renewal is None:
                    kept.renewal = self._renewing.submit(self._renew, key, stamp, compute)
                value: T = kept.value
                return value
        value = compute()
        with self._lock:
            self._kept[key] = _Kept(stamp=stamp, value=value)
        return value

    def forget(self, key: Hashable) -> None:
        """What was just changed by a person is computed anew when it is asked for next."""
        with self._lock:
            self._kept.pop(key, None)

    def begin(self, key: Hashable, ask: Callable[[], Any]) -> bool:
        """Is there a value for ``key``? If not, ``ask()`` for one in the background, once."""
        with self._lock:
            if key in self._kept:
                return True
            if key not in self._begun:
                self._begun.add(key)
                self._renewing.submit(self._first, key, ask)
            return False

    def _first(self, key: Hashable, ask: Callable[[], Any]) -> None:
        try:
            ask()
        finally:
            with self._lock:
                self._begun.discard(key)
                self.renewals += 1

    def _renew(self, key: Hashable, stamp: Stamp, compute: Callable[[], Any]) -> None:
        try:
            value = compute()
        except BaseException:
            with self._lock:
                self._kept.pop(key, None)  # the next request computes, and shows what is wrong
            raise
        with self._lock:
            self._kept[key] = _Kept(stamp=stamp, value=value)
            self.renewals += 1

    def close(self) -> None:
        """Wait for the renewal under way."""
        self._renewing.shutdown(cancel_futures=True)
