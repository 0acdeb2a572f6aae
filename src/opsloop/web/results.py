"""Results kept between requests: computed once per state of the data, shown at once, renewed in the background."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opsloop.metrics.openslo import FOLDER
from opsloop.web.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

    from opsloop.verbs.workspace import Workspace

T = TypeVar("T")
RENEW_PAUSE: Final = 2
"""After a renewal its thread rests that many times as long: renewing takes at most a third of a processor."""
_LONGEST_PAUSE_S: Final = 20.0
_CHEAP_S: Final = 2.0
"""What costs less is renewed at once."""
_MOST_KEPT: Final = 200
Stamp = tuple[tuple[str, int, int], ...]


def stamp_of(ws: Workspace) -> Stamp:
    """Names, sizes and times of the files that results come from: equal stamps mean equal data."""
    files = [
        ws.root / "opsloop.toml",
        *sorted((ws.root / ".learnings").rglob("*.md")),
        *sorted((ws.root / FOLDER).glob("*.y*ml")),
    ]
    files += [ws.state_path / name for name in ("signals.sqlite", "signals.sqlite-wal", "lake", "rejections.json")]
    found = []
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)


class NotYet(Exception):
    """It is being computed and will be there in a while."""


@dataclass(slots=True)
class _Kept:
    stamp: Stamp
    value: Any
    seconds: float
    """What it cost to compute."""
    at: float
    renewing: bool = False


class Results:
    """Values by key. After the data changed, the old value is shown while a thread in the background computes the new
    one; so no page waits for a large history twice.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._lock = Lock()
        self._working = Workers(1)
        self._renewing = Workers(1)
        self._begun: dict[Hashable, Future[Any]] = {}
        self._forgotten: Counter[str] = Counter()
        self.renewals = 0

    def get(self, key: Hashable, stamp: Stamp, compute: Callable[[], T], *, fresh: bool = False) -> T:
        """The value of ``compute`` for ``key``; ``fresh`` waits for the current one."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and (kept.stamp == stamp or not fresh):
                self._renew_later(key, kept, stamp, compute)
                value: T = kept.value
                return value
        return self._compute(key, stamp, compute)

    def soon(self, key: Hashable, stamp: Stamp, compute: Callable[[], T], *, patience_s: float) -> T:
        """As ``get``, but the first time in the background: raises NotYet when that takes longer than ``patience_s``,
        at once for those who ask meanwhile.
        """
        with self._lock:
            if key in self._kept:
                begun = None
            elif key in self._begun:
                begun, patience_s = self._begun[key], 0.0
            else:
                begun = self._begun[key] = self._working.submit(lambda: self._first(key, stamp, compute))
        if begun is None:
            return self.get(key, stamp, compute)
        try:
            value: T = begun.result(patience_s)
        except TimeoutError:
            raise NotYet from None
        return value

    def ready(self, key: Hashable, ask: Callable[[], Any]) -> bool:
        """Is there a value for ``key``? If not, ``ask()`` for one in the background, once."""
        with self._lock:
            if key in self._kept:
                return True
            if key not in self._begun:
                self._begun[key] = self._working.submit(lambda: self._asked(key, ask))
            return False

    def forget(self, *names: str) -> None:
        """What was just changed by a person is computed anew when it is asked for next, and what is being computed
        at this moment is not kept.
        """
        with self._lock:
            self._forgotten.update(names)
            for values in (self._kept, self._begun):
                for key in [key for key in values if str(key).startswith(names)]:
                    del values[key]

    def _changes(self, key: Hashable) -> int:
        """How often ``key`` was forgotten. The caller holds the lock."""
        return sum(times for name, times in self._forgotten.items() if str(key).startswith(name))

    def _first(self, key: Hashable, stamp: Stamp, compute: Callable[[], T]) -> T:
        return self._asked(key, lambda: self._compute(key, stamp, compute))

    def _asked(self, key: Hashable, ask: Callable[[], T]) -> T:
        with self._lock:
            changes = self._changes(key)
        try:
            return ask()
        finally:
            with self._lock:
                if changes == self._changes(key):
                    self._begun.pop(key, None)
                self.renewals += 1

    def _compute(self, key: Hashable, stamp: Stamp, compute: Callable[[], T]) -> T:
        with self._lock:
            changes = self._changes(key)
        began = time.monotonic()
        value = compute()
        ended = time.monotonic()
        with self._lock:
            if changes != self._changes(key):
                return value
            self._kept[key] = _Kept(stamp=stamp, value=value, seconds=ended - began, at=ended)
            while len(self._kept) > _MOST_KEPT:
                del self._kept[min(self._kept, key=lambda one: self._kept[one].at)]
        return value

    def _renew_later(self, key: Hashable, kept: _Kept, stamp: Stamp, compute: Callable[[], Any]) -> None:
        """Renew what is old, in its turn. The caller holds the lock."""
        if kept.stamp != stamp and not kept.renewing:
            kept.renewing = True
            if kept.seconds < _CHEAP_S:
                self._working.submit(lambda: self._renew(key, stamp, compute))
            else:
                self._renewing.submit(lambda: self._renew_and_rest(key, stamp, compute))

    def _renew(self, key: Hashable, stamp: Stamp, compute: Callable[[], Any]) -> None:
        try:
            self._compute(key, stamp, compute)
        except BaseException:
            with self._lock:
                self._kept.pop(key, None)  # the next request computes, and shows what is wrong
            raise
        finally:
            with self._lock:
                self.renewals += 1

    def _renew_and_rest(self, key: Hashable, stamp: Stamp, compute: Callable[[], Any]) -> None:
        began = time.monotonic()
        try:
            self._renew(key, stamp, compute)
        finally:
            time.sleep(min(RENEW_PAUSE * (time.monotonic() - began), _LONGEST_PAUSE_S))
