"""The tables of a SQLite file, made once by whichever of several processes comes first."""

from __future__ import annotations

import time
from _sqlite3 import OperationalError

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
