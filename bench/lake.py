"""The lake: bytes a signal in each tier, how fast they are sealed, compacted and read, and what one row an id costs.

python bench/lake.py [SIGNALS]; a history of that many signals over ten days, sealed in hourly steps by one store, then
compacted. Reading is the same count and hash over every column that ``open_table`` gives.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable  # noqa: TC003
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from figures import tell

from opsloop.config import Store as Settings
from opsloop.signals import Store
from opsloop.signals.engines import DUCKDB, duckdb_table
from opsloop.signals.listing import Listing
from opsloop.signals.rows import microseconds

START = datetime(2026, 2, 1, tzinfo=UTC)
DAYS, SEALS, ROUNDS = 10, 24, 5
READ = 'SELECT count(*), bit_xor(hash(kind, status, service, name, fingerprint, "at", value)) FROM signals'


def rows(count: int, dice: random.Random) -> list[tuple[Any, ...]]:
    """Alerts of 300 services, at any time of the ten days."""
    first, span = microseconds(START), DAYS * 86_400_000_000
    made = []
    for number in range(count):
        at = first + dice.randrange(span)
        service = f"service-{dice.randrange(300)}"
        name = f"Monitor{dice.randrange(3000)}"
        made.append(
            (
                *(f"a{number}", "bench", "alert", "firing", at, at, service, "production", name, "P3"),
                *(f"{name}/{service}", None, None, f"{name} of {service}", '{"team": "a"}', "bench"),
            )
        )
    return made


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def size(store: Store) -> int:
    """Bytes of the hot tier's file without what it could give back."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(store.hot.path)) as connection:
        copy = Path(folder, "copy.sqlite")
        connection.execute("VACUUM INTO ?", (str(copy),))
        return copy.stat().st_size


def read(store: Store, paths: list[str], *, disjoint: bool) -> float:
    """Median seconds of READ over these files."""
    table = duckdb_table(DUCKDB, store.place, Listing(paths=tuple(paths), disjoint=disjoint), ())
    return statistics.median(seconds(lambda: table.get_backend().con.execute(READ).fetchall()) for _ in range(ROUNDS))


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    step = count // SEALS
    dice = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), Settings(), Path(folder))
        sealing = hot_bytes = 0.0
        for number in range(SEALS):
            store.hot.append([(f"{number}-{row[0]}", *row[1:]) for row in rows(step, dice)])
            hot_bytes = hot_bytes or size(store) / step
            now = START + timedelta(days=DAYS, hours=number)
            sealing += seconds(partial(store.seal, now))
        many = store.place.paths()
        small = read(store, many, disjoint=True)
        compacting = seconds(lambda: store.compact(START + timedelta(days=DAYS + 2)))
        few = [path for path in store.place.paths() if path not in many]
        large, unique = read(store, few, disjoint=True), read(store, few, disjoint=False)
        sizes = [sum((Path(folder, ".opsloop/lake") / path).stat().st_size for path in paths) for paths in (many, few)]
        total = step * SEALS
        tell("a signal in SQLite", hot_bytes, "bytes")
        tell(f"a signal in small files ({total // len(many)} each)", sizes[0] / total, "bytes")
        tell(f"a signal in merged files ({total // len(few)} each)", sizes[1] / total, "bytes")
        tell("an id that was sealed, in SQLite", size(store) / total, "bytes")
        tell("sealing", total / sealing, "rows/s")
        tell("compacting", total / compacting, "rows/s")
        tell("reading merged files", total / large, "rows/s")
        tell("reading merged files / small ones", large / small, "x")
        tell("reading with one row an id / without", unique / large, "x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
