"""SQLite as a hook can afford it: its C part alone. And tables made once, by whichever process comes first.

The package around the C part imports datetime; the C part itself asks functools for a cache of statements, and that
brings collections and more along: together a fifth of what a hook takes.
"""

from __future__ import annotations

import sys
import time


def _load_alone() -> None:
    """Import the C part with nothing but the cache it asks for; where this Python has another one, do nothing."""
    try:
        from _functools import _lru_cache_wrapper as cache  # type: ignore[import-not-found]
    except ImportError:
        return
    lender = type(sys)("functools")
    lender.lru_cache = lambda size: lambda work: cache(work, size, False, tuple)  # type: ignore[attr-defined]
    sys.modules["functools"] = lender
    try:
        import _sqlite3  # noqa: F401
    finally:
        del sys.modules["functools"]


if "functools" not in sys.modules:
    _load_alone()
from _sqlite3 import DatabaseError, OperationalError, connect  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_PAUSE_S = 0.01


def make_once(db: sqlite3.Connection, statements: str, version: int, *, patience_s: float) -> None:
    """Turn the file to write-ahead logging, make its tables and name their version, unless another process did.

    Raises sqlite3.OperationalError when the file stays locked for ``patience_s``.
    """
    _log_ahead(db, patience_s)
    db.execute("BEGIN IMMEDIATE")
    try:
        if _version(db) == 0:
            for statement in statements.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    """The version of the tables; 0 where there are none yet."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _log_ahead(db: sqlite3.Connection, patience_s: float) -> None:
    """The file remembers it. SQLite's own patience doesn't cover the moment in which two processes both switch."""
    ends = time.monotonic() + patience_s
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


__all__ = ["DatabaseError", "OperationalError", "connect", "make_once"]
