"""Full text over the journal in SQLite FTS5. Disposable: rebuilt when missing, damaged or of another version.

The searching half is on a hook's path and imports nothing heavier than sqlite3; what reads the journal is imported
by ``refresh`` alone.
"""

from __future__ import annotations

import os
from _sqlite3 import DatabaseError, connect  # the package around it brings datetime along, 2 ms
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any, TypeVar

    from opsloop.index.candidates import Candidates
    from opsloop.journal import Journal
    from opsloop.model import Kind

    Result = TypeVar("Result")

VERSION = 3
WEIGHTS = (4.0, 4.0, 2.0, 1.0)
"""What a hit in title, summary, labels (service, pattern, tags, ...) and body counts."""

_BUSY_SECONDS = 60
"""Longer than a large journal takes to be indexed; reading never waits."""
_DIGEST_BYTES = 8
_COLUMNS = (
    *("id", "path", "kind", "category", "status", "priority", "severity", "area"),
    *("service", "pattern_key", "logged", "title", "summary"),
)
_SCHEMA = f"""
CREATE TABLE file(name TEXT PRIMARY KEY, stamp TEXT, lineage TEXT, size INTEGER);
CREATE TABLE entry(number INTEGER PRIMARY KEY, digest BLOB, {", ".join(_COLUMNS)});
CREATE INDEX entry_id ON entry(id);
CREATE INDEX entry_place ON entry(path, digest);
CREATE TABLE stems(number INTEGER PRIMARY KEY, title TEXT, summary TEXT, labels TEXT, body TEXT);
CREATE VIRTUAL TABLE words USING fts5(title, summary, labels, body, tokenize='porter unicode61');
"""


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
        return self._run(lambda db: _follow(db, journal))

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
                from opsloop.schema import make_once

                make_once(self._db, _SCHEMA, VERSION, patience_s=_BUSY_SECONDS)
        return self._db

    def _connect(self) -> sqlite3.Connection:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)  # noqa: PTH103, PTH120
        db = connect(self.path, timeout=_BUSY_SECONDS, check_same_thread=False)
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    def _remove(self) -> None:
        self.close()
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(f"{self.path}{ending}"):  # noqa: PTH110
                os.unlink(f"{self.path}{ending}")  # noqa: PTH108


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _inode(path: Path | str) -> int | None:
    """Which file that name stands for now; None where there is none."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116
    except FileNotFoundError:
        return None


def _matches(db: sqlite3.Connection, query: str, limit: int) -> list[dict[str, Any]]:
    weights = ", ".join(map(str, WEIGHTS))
    rows = db.execute(
        f"SELECT -bm25(words, {weights}) AS score, words.body, {', '.join('entry.' + name for name in _COLUMNS)}"  # noqa: S608
        " FROM words JOIN entry ON entry.number = words.rowid WHERE words MATCH ? ORDER BY score DESC LIMIT ?",
        (query, limit),
    )
    return [dict(zip(("score", "body", *_COLUMNS), row, strict=True)) for row in rows]


def _follow(db: sqlite3.Connection, journal: Journal) -> int:
    """Bring every file's entries up to date; a file that only grew by our appends is read from where it was left."""
    from opsloop.journal import durable

    if _current(db, journal):
        return 0
    db.execute("BEGIN IMMEDIATE")  # of several who saw the change one follows it; the others find it followed
    changes = 0
    known = {name: rest for name, *rest in db.execute("SELECT name, stamp, lineage, size FROM file")}
    for path, kind in journal.layout.files():
        name = journal.layout.relative(path)
        stamp, lineage, size = known.pop(name, (None, None, 0))
        if str(durable.stamp(path)) == stamp:
            continue
        data, state = durable.read(path, start=size)
        if lineage is not None and journal.lineage(path) == lineage and durable.stamp(path) == state:
            changes += _insert(db, name, kind, [data[start:end] for start, end in _digests(data).values()])
        else:
            data, state = durable.read(path)
            lineage = journal.lineage(path) if durable.stamp(path) == state else None
            changes += _compare(db, name, kind, data)
        db.execute("REPLACE INTO file VALUES(?, ?, ?, ?)", (name, str(state), lineage, state[1]))
    for name in known:
        changes += _drop(db, [number for (number,) in db.execute("SELECT number FROM entry WHERE path = ?", (name,))])
        db.execute("DELETE FROM file WHERE name = ?", (name,))
    return changes


def _current(db: sqlite3.Connection, journal: Journal) -> bool:
    """Is every file of the journal indexed as it stands?"""
    from opsloop.journal import durable

    known = dict(db.execute("SELECT name, stamp FROM file"))
    layout = journal.layout
    return known == {layout.relative(path): str(durable.stamp(path)) for path, _ in layout.files()}


def _compare(db: sqlite3.Connection, name: str, kind: Kind, data: bytes) -> int:
    """Find by their digests which entries of a file changed."""
    found = _digests(data)
    indexed = dict(db.execute("SELECT digest, number FROM entry WHERE path = ?", (name,)))
    gone = [number for digest, number in indexed.items() if digest not in found]
    fresh = [data[start:end] for digest, (start, end) in found.items() if digest not in indexed]
    return _drop(db, gone) + _insert(db, name, kind, fresh)


def _digests(data: bytes) -> dict[bytes, tuple[int, int]]:
    """Digest of each entry -> where it stands, without the blank space behind it."""
    from hashlib import sha256

    from opsloop.markdown.blocks import spans, trimmed

    view = memoryview(data)
    found = {}
    for entry_id, start, end in spans(data):
        if entry_id:
            last = trimmed(data, start, end)
            found[sha256(view[start:last]).digest()[:_DIGEST_BYTES]] = start, last
    return found


def _drop(db: sqlite3.Connection, numbers: list[int]) -> int:
    rows = [(number,) for number in numbers]
    db.executemany("DELETE FROM entry WHERE number = ?", rows)
    db.executemany("DELETE FROM words WHERE rowid = ?", rows)
    db.executemany("DELETE FROM stems WHERE number = ?", rows)
    return len(numbers)


def _insert(db: sqlite3.Connection, name: str, kind: Kind, entries: Iterable[bytes]) -> int:
    from hashlib import sha256

    from opsloop.index.words import stems
    from opsloop.markdown import parse

    holes = ", ".join("?" * (1 + len(_COLUMNS)))
    count = 0
    for raw in entries:
        text = raw.decode("utf-8", "replace")
        entry = parse(text, kind)
        values = [name if column == "path" else getattr(entry, column) for column in _COLUMNS]
        row = db.execute(
            f"INSERT INTO entry(digest, {', '.join(_COLUMNS)}) VALUES({holes})",
            [sha256(raw).digest()[:_DIGEST_BYTES], *values],
        )
        labels = " ".join([*entry.metadata.values(), *entry.extra_fields.values()])
        fields = (entry.title.replace("_", " "), entry.summary, labels, text)
        db.execute(
            "INSERT INTO words(rowid, title, summary, labels, body) VALUES(?, ?, ?, ?, ?)", (row.lastrowid, *fields)
        )
        db.execute(
            "INSERT INTO stems VALUES(?, ?, ?, ?, ?)", (row.lastrowid, *(" ".join(stems(field)) for field in fields))
        )
        count += 1
    return count
