"""What hooks said to which session and when, so that nobody is told twice. Lost, it means one reminder more.

One SQLite file; a claim is one statement, so that of any number of hooks that run at once exactly one is granted it.
"""

from __future__ import annotations

from opsloop.sqlite import DatabaseError, OperationalError, connect, make_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_BUSY_TIMEOUT_S = 10.0
_CHECKPOINT_PAGES = 20
"""Each call reads the log that those before it left, so it is kept short."""
_PRIME = 4_294_967_291
"""The largest below 2**32."""
_KEPT_S = 7 * 86_400
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE said (session TEXT, what TEXT, at REAL, PRIMARY KEY (session, what)) WITHOUT ROWID;
CREATE TABLE at_hand (session TEXT PRIMARY KEY, entry TEXT, at REAL) WITHOUT ROWID;
"""
_CLAIM = """
INSERT INTO said VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET at = excluded.at WHERE said.at <= excluded.at - ?4
"""
_HOLD = "INSERT INTO at_hand VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET entry = excluded.entry, at = excluded.at"


class Memory:
    """``path`` is the file, ``session`` whose memory this is, ``now`` in seconds since 1970."""

    def __init__(self, path: str, session: str, now: float) -> None:
        self._session = session
        self._now = now
        try:
            self._connection = _open(path)
        except DatabaseError as error:
            if isinstance(error, OperationalError):
                raise
            _discard(path)  # no database: a torn file of a crash; what it knew is not worth mending
            self._connection = _open(path)

    def claim(self, what: str, window_s: float) -> bool:
        """True for the first who asks within the window, False for everybody else in this session."""
        granted = self._connection.execute(_CLAIM, (self._session, _mark(what), self._now, window_s)).rowcount == 1
        return bool(granted)

    def claim_each(self, names: Sequence[str], window_s: float) -> list[bool]:
        """``claim`` for each, with one commit for all."""
        self._connection.execute("BEGIN IMMEDIATE")
        granted = [self.claim(name, window_s) for name in names]
        self._connection.execute("COMMIT")
        return granted

    def said(self, what: str) -> bool:
        """Was it ever claimed in this session?"""
        query = "SELECT 1 FROM said WHERE session = ? AND what = ?"
        return self._connection.execute(query, (self._session, _mark(what))).fetchone() is not None

    def hold(self, entry: str) -> None:
        """This entry is what the session is about now."""
        self._connection.execute(_HOLD, (self._session, entry, self._now))

    def held(self) -> str | None:
        """The entry that was put before this session last."""
        found = self._connection.execute("SELECT entry FROM at_hand WHERE session = ?", (self._session,)).fetchone()
        return str(found[0]) if found else None

    def forget(self) -> None:
        """Drop sessions of long ago; one call in fifty does it for all."""
        if int(self._now) % 50 == 0:
            for name in ("said", "at_hand"):
                self._connection.execute(f"DELETE FROM {name} WHERE at < ?", (self._now - _KEPT_S,))  # noqa: S608


def _mark(what: str) -> str:
    """What was said, as a checksum: commands and prompts hold what must not be kept, and are only compared.

    The remainder by a prime tells texts apart as well as a CRC does, and importing zlib would take half a millisecond.
    """
    return f"{int.from_bytes(what.encode('utf-8', 'replace'), 'big') % _PRIME:08x}"


def _open(path: str) -> sqlite3.Connection:
    connection = connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # what a power loss takes is one reminder said twice
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            make_once(connection, _SCHEMA, _SCHEMA_VERSION, patience_s=_BUSY_TIMEOUT_S)
    except BaseException:
        connection.close()
        raise
    return connection


def _discard(path: str) -> None:
    import os
    from contextlib import suppress

    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(path + suffix)  # noqa: PTH108 - pathlib is too dear for the hook
