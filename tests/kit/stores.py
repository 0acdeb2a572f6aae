"""Signal stores for tests, and a writer that a test can run as a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsloop.config import Store as StoreSettings
from opsloop.model import Signal
from opsloop.signals import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def store_in(root: Path, **settings: object) -> Store:
    return Store(root / ".opsloop", StoreSettings(**settings), root)


def signal(number: int, **told: object) -> Signal:
    fields = {"source": "test", "kind": "alert", "status": "firing", "at": NOW - timedelta(hours=number), **told}
    return Signal(id=f"s{number:05}", **fields)


def some(count: int, first: int = 0) -> list[Signal]:
    return [signal(number) for number in range(first, first + count)]


def append_many(root: Path, first: int) -> None:
    store = store_in(root)
    for number in range(first, first + 300, 3):
        store.append(some(3, first=number), origin="file", now=NOW)
