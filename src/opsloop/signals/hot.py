"""The hot tier: signals that arrived lately, in SQLite.

An append returns after its commit is on disk (write-ahead log, ``synchronous=FULL``), so what was acknowledged
survives ``kill -9`` and power loss. Any number of processes may write. An id is stored once (``known``), also after
its row went to the lake, so a redelivery counts as a duplicate for as long as its signal is kept.

Rows are tuples in the order of ``COLUMNS``; times are whole microseconds since 1970 UTC, ``attrs`` is JSON text.
The hook imports this module on its hot path: of sqlite3 only the C part, the package around it brings datetime along.
"""

from __future__ import annotations

from opsloop.signals.known import Known
from opsloop.sqlite import OperationalError, connect, make_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    Row = tuple[str | int | float | None, ...]
    Outcome = TypeVar("Outcome")

COLUMNS = (
    "id",
    "source",
    "kind",
    "status",
    "at",
    "received_at",
    "service",
    "environment",
    "name",
    "severity",
    "fingerprint",
    "duration_s",
    "value",
    "summary",
    "attrs",
    "origin",
)
SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 60.0
_CHECKPOINT_PAGES = 8000
"""32 MB of log before a commit also folds it into the file; the default of 4 MB does so many times a second."""

_SCHEMA = """
CREATE TABLE signals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival; never used twice, also after a seal emptied the table
    id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
    at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    service TEXT, environment TEXT, name TEXT, severity TEXT, fingerprint TEXT,
    duration_s REAL, value REAL, summary TEXT, attrs TEXT NOT NULL, origin TEXT NOT NULL
) STRICT;
CREATE TABLE seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE heard ( -- deliveries by source and hour, also those that held nothing new; '' is the receiver itself
    source TEXT NOT NULL, hour INTEGER NOT NULL, -- whole hours since 1970
    deliveries INTEGER NOT NULL, signals INTEGER NOT NULL, resolved INTEGER NOT NULL, doubts INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal ( -- one row
    store TEXT NOT NULL,                       -- who wrote which file of the lake
    sealed_through INTEGER NOT NULL DEFAULT 0, -- rows up to this seq are in the lake; what is left of them is garbage
    batch TEXT, batch_last INTEGER,            -- the seal under way: its files in the lake don't count yet
    seen_through INTEGER NOT NULL DEFAULT 0    -- ids of rows up to this seq are in ``seen``
) STRICT;
INSERT INTO seal (store) VALUES (lower(hex(randomblob(6))));
"""

_NAMES = ", ".join(COLUMNS)
_HEAR = (
    "INSERT INTO heard VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, hour) DO UPDATE SET"
    " deliveries = deliveries + excluded.deliveries, signals = signals + excluded.signals,"
    " resolved = resolved + excluded.resolved, doubts = doubts + excluded.doubts"
)
_STATEMENT_ROWS = 128
"""Rows an INSERT: each statement costs a turn for the interpreter's lock, which a busy server has few of."""
_DAY = "(at - (at % 86400000000 + 86400000000) % 86400000000) / 86400000000"
"""The day of a time, also before 1970: SQLite divides towards zero."""
_ROW = f"({', '.join('?' * len(COLUMNS))})"
_inserts: dict[int, str] = {}
_TAIL_ROWS, _INDEX_ROWS = 1_000, 5_000
"""From how many unindexed rows on an append indexes some, and how many: 20 ms at most."""
LONG_TAIL_ROWS = 100_000
"""The same for groups, whose writer indexes when it has nothing else to do; some 15 MB of ids in memory."""


class HotStore:
    """``path`` is the SQLite file; it and its folder are made by the first append, never by reading."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._writer: sqlite3.Connection | None = None
        self._known: Known | None = None

    def append(self, rows: Sequence[Row]) -> int:
        """Store the rows in one transaction; returns how many were new. On disk when it returns."""
        return self.append_groups([rows], tail_rows=_TAIL_ROWS)[0]

    def append_groups(self, groups: Sequence[Sequence[Row]], *, tail_rows: int = LONG_TAIL_ROWS) -> list[int]:
        """Store several callers' rows in one transaction; returns how many of each were new.

        ``tail_rows``: from how many unindexed rows on some are indexed.
        """
        self.begin()
        counts = self.take(groups)
        self.commit(tail_rows=tail_rows)
        return counts

    def begin(self) -> None:
        """Start a transaction, when other writers have ended theirs. What fails before its end undoes all of it."""
        connection = self.writer()
        self._known = self._known or Known(connection)
        connection.execute("BEGIN IMMEDIATE")
        self._or_undone(Known.catch_up)

    def begin_now(self) -> bool:
        """The same without waiting: false where the file is not open yet, or somebody else writes."""
        if self._writer is None:
            return False
        self._writer.execute("PRAGMA busy_timeout = 0")
        try:
            self.begin()
        except OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            return False
        finally:
            self._writer.execute(f"PRAGMA busy_timeout = {1000 * _BUSY_TIMEOUT_S:.0f}")
        return True

    def take(self, groups: Sequence[Sequence[Row]]) -> list[int]:
        """Store several callers' rows in the transaction begun; returns how many of each were new."""

        def work(known: Known) -> list[int]:
            new, counts = known.sort_out(groups)
            self._insert(new)
            return counts

        return self._or_undone(work)

    def commit(self, *, tail_rows: int = LONG_TAIL_ROWS) -> None:
        """End the transaction; on disk when it returns."""

        def work(known: Known) -> None:
            if known.tail_rows > tail_rows:
                known.index(_INDEX_ROWS)
            self.writer().execute("COMMIT")

        self._or_undone(work)

    @property
    def tail_rows(self) -> int:
        """Rows whose ids this writer should take to the index when it has time."""
        return self._known.tail_rows if self._known else 0

    def index(self, rows: int) -> None:
        """Take the ids of so many rows of the tail to the index."""
        self.begin()
        self._or_undone(lambda known: known.index(rows))
        self.commit(tail_rows=self.tail_rows)

    def _insert(self, rows: list[Row]) -> None:
        connection = self.writer()
        for first in range(0, len(rows), _STATEMENT_ROWS):
            step = rows[first : first + _STATEMENT_ROWS]
            connection.execute(_insert_of(len(step)), [value for row in step for value in row])

    def _or_undone(self, work: Callable[[Known], Outcome]) -> Outcome:
        connection, known = self.writer(), self._known
        assert known is not None
        try:
            return work(known)
        except BaseException:
            known.forget()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def hear(self, heard: Iterable[tuple[str, int, int, int, int, int]]) -> None:
        """Add to what was heard: source, hour, deliveries, new signals, resolved ones, deliveries that lack something.

        New signals are those that were not stored before; resolved ones count each time they are told.
        """
        self.writer().executemany(_HEAR, heard)

    def forget_heard(self, before: int) -> None:
        """Let go of what was heard before that hour (since 1970)."""
        self.writer().execute("DELETE FROM heard WHERE hour < ?", (before,))

    def writer(self) -> sqlite3.Connection:
        """The connection that writes, opened once; made with its file, folder and tables where they are missing."""
        if self._writer is None:
            self._writer = _open_writer(self.path)
        return self._writer

    def close(self) -> None:
        """Give the file back; a later append opens it again."""
        if self._writer is not None:
            self._writer.close()
            self._writer = self._known = None

    def snapshot(self) -> Snapshot:
        """What is stored at this moment, unchanged while it is read; empty where nothing was ever stored."""
        return Snapshot(_open_reader(self.path))


class Snapshot:
    """One consistent view of the hot tier; close it (or use ``with``) when read."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection
        self.store = self.batch = None
        self.sealed_through = 0
        if connection is not None:
            connection.execute("BEGIN")
            query = "SELECT store, sealed_through, batch FROM seal"
            self.store, self.sealed_through, self.batch = connection.execute(query).fetchone()

    def __enter__(self) -> Snapshot:  # noqa: PYI034 - importing typing would cost the hook 7 ms
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the snapshot."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def count(self) -> int:
        """How many signals are here, not sealed yet."""
        if self._connection is None:
            return 0
        query = "SELECT max(0, coalesce(max(seq), 0) - ?) FROM signals"  # no number is left out
        return int(self._connection.execute(query, (self.sealed_through,)).fetchone()[0])

    def heard(self) -> list[tuple[str, int, int, int, int, int]]:
        """What was heard, by source and hour, in that order."""
        if self._connection is None:
            return []
        return self._connection.execute("SELECT * FROM heard ORDER BY source, hour").fetchall()

    def days(self) -> list[tuple[int, int, int, int]]:
        """Of each day (since 1970): its first and last place in the order of arrival, and when the last one came."""
        if self._connection is None:
            return []
        query = f"SELECT {_DAY}, min(seq), max(seq), max(received_at) FROM signals WHERE seq > ? GROUP BY 1 ORDER BY 1"  # noqa: S608
        return self._connection.execute(query, (self.sealed_through,)).fetchall()

    def rows(self, where: str = "", values: Sequence[object] = (), *, tail: str = "") -> Iterator[Row]:
        """Rows that fit the SQL condition ``where``; ``tail`` is an ORDER BY or LIMIT. Fetched as they are read."""
        if self._connection is None:
            return iter(())
        query = f"SELECT {_NAMES} FROM signals WHERE seq > ? {'AND ' + where if where else ''} {tail}"  # noqa: S608
        return self._connection.execute(query, (self.sealed_through, *values))


def _insert_of(rows: int) -> str:
    if rows not in _inserts:
        _inserts[rows] = f"INSERT INTO signals ({_NAMES}) VALUES {', '.join([_ROW] * rows)}"  # noqa: S608
    return _inserts[rows]


def _open_writer(path: str) -> sqlite3.Connection:
    try:
        connection = connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    except OperationalError:
        import os  # for the hook, which always finds the folder, this and pathlib are too dear

        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        connection = connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute("PRAGMA cache_size = -65536")
        if _version(connection) == 0:
            make_once(connection, _SCHEMA, SCHEMA_VERSION, patience_s=_BUSY_TIMEOUT_S)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_reader(path: str) -> sqlite3.Connection | None:
    import os

    if not os.path.exists(path):  # noqa: PTH110 - pathlib is too dear for the hook
        return None
    connection = connect(
        f"file:{_quoted(path)}?mode=ro",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    if _version(connection) == 0:  # created by a process that has not come to its tables yet
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        from opsloop.errors import BadInput

        message = f"signals.sqlite has format {version}, this opsloop knows {SCHEMA_VERSION}; install a newer opsloop"
        raise BadInput(message)
    return version


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
