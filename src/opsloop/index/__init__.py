"""Full text over the journal in SQLite FTS5. Disposable: rebuilt when missing, damaged or of another version.

The searching half is on a hook's path and imports nothing heavier than sqlite3; what reads the journal is imported
by ``refresh`` alone.
"""

from __future__ import annotations

from _thread import allocate_lock
from posix import stat

from opsloop.sqlite import DatabaseError, connect, make_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any, TypeVar

    from opsloop.index.candidates import Candidates
    from opsloop.journal import Journal

    Result = TypeVar("Result")

VERSION = 6
COLUMNS = (
    *("id", "path", "kind", "category", "status", "priority", "severity", "area"),
    *("service", "pattern_key", "logged", "title", "summary"),
)
SCHEMA = f"""
CREATE TABLE file(name TEXT PRIMARY KEY, stamp TEXT, lineage TEXT, size INTEGER);
CREATE TABLE region(number INTEGER PRIMARY KEY, file TEXT, start INTEGER, size INTEGER, digest BLOB);
CREATE INDEX region_place ON region(file, start);
CREATE TABLE entry(number INTEGER PRIMARY KEY, region INTEGER, digest BLOB, {", ".join(COLUMNS)});
CREATE INDEX entry_id ON entry(id);
CREATE INDEX entry_place ON entry(path, digest);
CREATE INDEX entry_region ON entry(region);
CREATE TABLE stems(number INTEGER PRIMARY KEY, title TEXT, summary TEXT, labels TEXT, body TEXT);
CREATE VIRTUAL TABLE words USING fts5(title, summary, labels, body, tokenize='porter unicode61');
"""
WEIGHTS = (4.0, 4.0, 2.0, 1.0)
"""What a hit in title, summary, labels (service, pattern, tags, ...) and body counts."""

_BUSY_SECONDS = 60
"""Longer than a large journal takes to be indexed; reading never waits."""


class Index:
    """The index at ``path``, which may be plain text: a hook has no pathlib. Many processes may use it, and the threads
    of one in turn.

    The connection stays open: closing the last one makes SQLite move its log into the file, which costs two syncs.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self._turn = allocate_lock()
        self._db: sqlite3.Connection | None = None
        self._file: int | None = None

    def refresh(self, journal: Journal) -> int:
        """Follow the journal's files, hand edits too; returns how many entries were indexed anew or dropped."""
        from opsloop.index.following import follow

        return self._run(lambda db: follow(db, journal))

    def unread(self, journal: Journal) -> int:
        """Bytes of the journal that ``refresh`` would have to index first; looking makes no index."""
        sizes = {}
        if _inode(self.path) is not None:
            sizes = self._run(lambda db: dict(db.execute("SELECT name, size FROM file")))
        layout = journal.layout
        return sum(max(0, path.stat().st_size - sizes.get(layout.relative(path), 0)) for path, _ in layout.files())

    def rebuild(self, journal: Journal) -> int:
        """Throw the index away and build it; returns how many entries it holds."""
        self._remove()
        return self.refresh(journal)

    def search(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """Entries with any of the words of ``text`` (stemmed), best first: their columns, ``score`` (higher is
        better) and ``body``. Empty when nothing matches.
        """
        import re

        words = re.findall(r"\w+", text)
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        return self._run(lambda db: _matches(db, query, limit))

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def candidates(self, words: Sequence[str], synonyms: Sequence[str], limit: int) -> Candidates:
        """What recall orders: see ``opsloop.index.candidates``."""
        from opsloop.index.candidates import find

        return self._run(lambda db: find(db, words, synonyms, limit))

    def stems(self, ids: Sequence[str]) -> tuple[int, dict[str, list[list[str]]]]:
        """How many entries there are, and of these the stems of title, summary, labels and body."""
        from opsloop.index.candidates import fields

        return self._run(lambda db: fields(db, ids))

    def bodies(self, ids: Sequence[str]) -> dict[str, str]:
        """The whole text of these entries, by id."""
        holes = ", ".join("?" * len(ids))
        wanted = f"SELECT id, body FROM entry JOIN words ON words.rowid = entry.number WHERE id IN ({holes})"  # noqa: S608
        return self._run(lambda db: dict(db.execute(wanted, list(ids))))

    def stamps(self) -> dict[str, str]:
        """The state of each file of the journal when it was followed last, by its name."""
        return self._run(lambda db: dict(db.execute("SELECT name, stamp FROM file")))

    def newest(self) -> str | None:
        """The id of the entry that was logged last."""
        last = "SELECT id FROM entry ORDER BY logged DESC, number DESC LIMIT 1"
        found = self._run(lambda db: db.execute(last).fetchone())
        return str(found[0]) if found else None

    def rarity(self, words: Iterable[str], total: int) -> dict[str, float]:
        """How much each word says among ``total`` entries: the rarer, the more."""
        from opsloop.index.candidates import count, rarity

        return self._run(lambda db: {word: rarity(count(db, f'"{word}"'), total) for word in words})

    def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do ``work`` on the index; when it turns out to be damaged, on a new one."""
        with self._turn:
            try:
                with self._opened() as db:
                    return work(db)
            except DatabaseError as error:
                if "locked" in str(error):
                    from opsloop.errors import OutsideFailed

                    raise OutsideFailed(f"{self.path} is being written by another process; try again") from error
                if "full" in str(error):
                    raise
            self._remove()
            with self._opened() as db:
                return work(db)

    def _opened(self) -> sqlite3.Connection:
        """The connection to the file that is there now; another process may have built a new one."""
        if self._db is None or _inode(self.path) != self._file:
            self.close()
            self._db = self._connect()
            if (version := _version(self._db)) not in (0, VERSION):
                self._remove()
                self._db = self._connect()
                version = _version(self._db)
            self._file = _inode(self.path)
            if version == 0:
                make_once(self._db, SCHEMA, VERSION, patience_s=_BUSY_SECONDS)
        return self._db

    def _connect(self) -> sqlite3.Connection:
        if _inode(self.path) is None:
            import os

            os.makedirs(os.path.dirname(self.path), exist_ok=True)  # noqa: PTH103, PTH120
        db = connect(self.path, timeout=_BUSY_SECONDS, check_same_thread=False)
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    def _remove(self) -> None:
        import os

        self.close()
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(f"{self.path}{ending}"):  # noqa: PTH110
                os.unlink(f"{self.path}{ending}")  # noqa: PTH108


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _inode(path: Path | str) -> int | None:
    """Which file that name stands for now; None where there is none."""
    try:
        return stat(path).st_ino
    except FileNotFoundError:
        return None


def _matches(db: sqlite3.Connection, query: str, limit: int) -> list[dict[str, Any]]:
    weights = ", ".join(map(str, WEIGHTS))
    rows = db.execute(
        f"SELECT -bm25(words, {weights}) AS score, words.body, {', '.join('entry.' + name for name in COLUMNS)}"  # noqa: S608
        " FROM words JOIN entry ON entry.number = words.rowid WHERE words MATCH ? ORDER BY score DESC LIMIT ?",
        (query, limit),
    )
    return [dict(zip(("score", "body", *COLUMNS), row, strict=True)) for row in rows]
