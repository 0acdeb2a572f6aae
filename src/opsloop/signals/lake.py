"""The sealed tier: Parquet files by day, and how signals get there without being lost or seen twice.

A seal moves a batch of signals in these steps; the process may die between any two of them:

1. The hot tier notes the batch's name and its last row. From now on the batch is the same, however often it is tried.
2. Files are written, one a day, each appearing whole (``day=2026-01-31/BATCH.parquet``). Readers of this store leave
   out the files of the noted batch: its signals still count from the hot tier.
3. The ids go to ``seen``, in small transactions, so that writers wait for milliseconds.
4. One transaction sets ``sealed_through`` and forgets the batch's name. This is the moment the signals move.
5. Rows up to ``sealed_through`` are deleted, in small transactions; no reader looks at them any more.

A reader opens the hot snapshot first and lists the lake then: what moves in between is still in its snapshot, and the
file it finds beside carries the name of the batch that its snapshot knows.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from opsloop.signals import hot as hot_tier
from opsloop.signals.arrow import GROUP_ROWS, SCHEMA, tables
from opsloop.signals.listing import SUFFIX, TIME
from opsloop.signals.rows import microseconds, moment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from opsloop.signals.hot import HotStore, Row
    from opsloop.signals.place import Place

_STEP_ROWS: Final = 5_000
"""Rows a transaction moves or deletes while receivers wait for the lock: a few milliseconds."""
_DAY_US: Final = 86_400_000_000
_AT: Final = hot_tier.COLUMNS.index("at")
_MOVE: Final = (
    "UPDATE seal SET sealed_through = :last, seen_through = max(seen_through, :last), batch = NULL, batch_last = NULL"
)
_FORGET: Final = (
    "DELETE FROM seen WHERE at < ? AND id NOT IN (SELECT id FROM signals WHERE seq > (SELECT sealed_through FROM seal))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a seal moved: rows, and the files they went to, relative to the lake."""

    rows: int
    files: tuple[str, ...]


def seal(hot: HotStore, place: Place, *, received_before: int, now: datetime) -> Sealed:
    """Move signals received before a time (microseconds since 1970) to the lake. The caller holds the seal's lock.

    A seal that an earlier process left half done is finished first, as its own batch.
    """
    rows, names = 0, list[str]()
    _sweep(hot.writer())
    while batch := _begin(hot.writer(), received_before, now):
        with hot.snapshot() as snapshot:
            written = _write(place, batch, _by_day(snapshot, batch))
        _commit(hot.writer(), batch)
        _sweep(hot.writer())
        rows += sum(written.values())
        names += written
    return Sealed(rows=rows, files=tuple(names))


def retain(hot: HotStore, place: Place, *, since: datetime) -> int:
    """Forget whole days before ``since``: files of the lake and the ids that were in them. Returns files removed."""
    first_day = f"day={since.date().isoformat()}"
    old = [path for path in place.paths() if path.partition("/")[0] < first_day]
    for path in old:
        place.delete(path)
    connection = hot.writer()
    connection.execute(_FORGET, (microseconds(since) // _DAY_US * _DAY_US,))
    return len(old)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    name: str
    after: int
    last: int


def _begin(connection: sqlite3.Connection, received_before: int, now: datetime) -> _Batch | None:
    """The batch noted by an earlier process, else a new one; None when there is nothing to seal."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        query = "SELECT store, sealed_through, batch, batch_last FROM seal"
        store, after, name, last = connection.execute(query).fetchone()
        if name is None:
            query = "SELECT max(seq) FROM signals WHERE seq > ? AND received_at < ?"
            (last,) = connection.execute(query, (after, received_before)).fetchone()
            if last is None:
                return None
            name = f"{now:{TIME}}-{store}-{secrets.token_hex(4)}"
            connection.execute("UPDATE seal SET batch = ?, batch_last = ?", (name, last))
        return _Batch(name=name, after=after, last=last)
    finally:
        connection.execute("COMMIT")


def _by_day(snapshot: hot_tier.Snapshot, batch: _Batch) -> Iterator[tuple[str, Iterator[Row]]]:
    """The batch's rows in order of time, a day after the other; SQLite sorts on disk where memory is short."""
    rows = snapshot.rows("seq <= ?", (batch.last,), tail="ORDER BY at, id")
    for day, of_day in groupby(rows, key=lambda row: int(row[_AT] or 0) // _DAY_US):
        yield moment(day * _DAY_US).date().isoformat(), of_day


def _write(place: Place, batch: _Batch, days: Iterable[tuple[str, Iterator[Row]]]) -> dict[str, int]:
    """One file a day; returns how many rows each holds."""
    import pyarrow.parquet as pq

    written = {}
    for day, rows in days:
        path = f"day={day}/{batch.name}{SUFFIX}"
        with place.create(path) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
            written[path] = 0
            for group in tables(rows):
                writer.write_table(group, row_group_size=GROUP_ROWS)
                written[path] += group.num_rows
    return written


def _commit(connection: sqlite3.Connection, batch: _Batch) -> None:
    """Steps 3 and 4: remember the ids, then move the boundary."""
    remember = "INSERT OR IGNORE INTO seen (id, at) SELECT id, at FROM signals WHERE seq > ? AND seq <= ?"
    for first in range(batch.after, batch.last, _STEP_ROWS):
        connection.execute(remember, (first, min(first + _STEP_ROWS, batch.last)))
    connection.execute(_MOVE, {"last": batch.last})


def _sweep(connection: sqlite3.Connection) -> None:
    """Step 5: delete what the lake holds, also what an earlier process left."""
    (through,) = connection.execute("SELECT sealed_through FROM seal").fetchone()
    delete = "DELETE FROM signals WHERE seq IN (SELECT seq FROM signals WHERE seq <= ? ORDER BY seq LIMIT ?)"
    while connection.execute(delete, (through, _STEP_ROWS)).rowcount:
        pass
