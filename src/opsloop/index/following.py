"""How the index follows the journal's files, hand edits too, without reading again what it has seen.

Of each file it remembers regions: stretches that begin with an entry and leave no code fence open, with the digest of
their bytes. After an edit the regions before and behind it are known by their digests; only what lies between is cut
into entries, and of those only the ones that are new are read.
"""

from __future__ import annotations

import re
from functools import partial
from hashlib import sha256
from io import BytesIO
from os import SEEK_END
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.index import COLUMNS
from opsloop.index.words import stems
from opsloop.journal import durable
from opsloop.markdown import parse
from opsloop.markdown.blocks import Span, portions, self_contained, spans, trimmed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any, BinaryIO

    from opsloop.journal import Journal
    from opsloop.journal.durable import Stamp
    from opsloop.model import Kind

_REGIONS: Final = "SELECT number, start, size, digest FROM region WHERE file = ?"
_GROWN: Final = 1 << 16
"""Bytes up to which a region takes in what is appended behind it."""
_DIGEST_BYTES: Final = 8
_CAMEL: Final = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,8}\b")
_INNER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _Region(NamedTuple):
    """A stretch of a file as it was read last. ``digest`` is None in a file where an entry stands twice, or whose end
    leaves a code fence open: that one is compared as a whole.
    """

    number: int
    start: int
    size: int
    digest: bytes | None


class _Read(NamedTuple):
    """A region as it stands now, with its entries by their digests."""

    size: int
    digest: bytes | None
    entries: dict[bytes, bytes]


class _Change(NamedTuple):
    """``now`` stands from ``start`` on, where those of the known regions that are ``gone`` stood."""

    start: int
    gone: Sequence[_Region]
    now: list[_Read]


def follow(db: sqlite3.Connection, journal: Journal) -> int:
    """Bring every file's entries up to date; returns how many were added or dropped."""
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
        changes += _File(db, journal, path, kind).follow(lineage, size)
    for name in known:
        changes += _drop(db, [number for (number,) in db.execute("SELECT number FROM entry WHERE path = ?", (name,))])
        db.execute("DELETE FROM region WHERE file = ?", (name,))
        db.execute("DELETE FROM file WHERE name = ?", (name,))
    return changes


def _current(db: sqlite3.Connection, journal: Journal) -> bool:
    """Is every file of the journal indexed as it stands?"""
    known = dict(db.execute("SELECT name, stamp FROM file"))
    layout = journal.layout
    return known == {layout.relative(path): str(durable.stamp(path)) for path, _ in layout.files()}


class _File:
    """One file of the journal and what the index holds of it."""

    def __init__(self, db: sqlite3.Connection, journal: Journal, path: Path, kind: Kind) -> None:
        self._db = db
        self._journal = journal
        self._path = path
        self._name = journal.layout.relative(path)
        self._kind = kind

    def follow(self, lineage: str | None, size: int) -> int:
        """Bring the entries up to date; returns how many were added or dropped.

        A file of the same ``lineage`` only grew by our appends since it had ``size`` bytes, and is read from there.
        """
        start = self._growing_from(size)
        data, state = durable.read(self._path, start=start) if lineage else (b"", None)
        if state and self._lineage(state) == lineage and _begins_with_an_entry(data[size - start :]):
            count = self._grow(start, size - start, data)
        else:
            count, state = self._compare()
            lineage = self._lineage(state)
        self._db.execute("REPLACE INTO file VALUES(?, ?, ?, ?)", (self._name, str(state), lineage, state[1]))
        return count

    def _lineage(self, state: Stamp) -> str | None:
        """The line of growth that this state belongs to; None when it is not one that we left."""
        lineage = self._journal.lineage(self._path)
        return lineage if durable.stamp(self._path) == state else None

    def _growing_from(self, size: int) -> int:
        """Where the region begins that takes in what is appended behind ``size``: the last one, while it is small."""
        last = self._last()
        return last.start if last and last.start + last.size == size and last.size < _GROWN else size

    def _grow(self, start: int, known: int, data: bytes) -> int:
        """Take in what was appended: ``data`` is the file from ``start`` on, of which ``known`` bytes are indexed."""
        last = self._last()
        if last and (last.start == start or last.digest is None):
            number, size = last.number, start - last.start + len(data)
            digest = None if last.digest is None else _digest(data)
            self._db.execute("UPDATE region SET size = ?, digest = ? WHERE number = ?", (size, digest, number))
        else:
            number = self._add(start, len(data), _digest(data))
        fresh = _entries(data[known:], spans(data[known:]))
        self._insert(number, fresh)
        return len(fresh)

    def _compare(self) -> tuple[int, Stamp]:
        """Follow an edit; returns what ``follow`` does, and the file's state when it was read."""
        known = [_Region(*row) for row in self._db.execute(f"{_REGIONS} ORDER BY start", (self._name,))]
        whole = not all(region.digest for region in known)
        while True:
            change, state = durable.steadily(self._path, partial(_look, known=known, whole=whole))
            held = {digest: number for region in change.gone for digest, number in self._held(region)}
            twice = self._twice(change, held)
            if whole or not twice:
                break
            whole = True
        return self._replace(change, held, followed=not twice), state

    def _twice(self, change: _Change, held: Mapping[bytes, int]) -> bool:
        """Does an entry of these regions stand there again, or elsewhere in the file?"""
        digests = [digest for read in change.now for digest in read.entries]
        other = "SELECT 1 FROM entry WHERE path = ? AND digest = ?"
        fresh = (digest for digest in digests if digest not in held)
        return len(set(digests)) < len(digests) or any(
            self._db.execute(other, (self._name, digest)).fetchone() for digest in fresh
        )

    def _replace(self, change: _Change, held: dict[bytes, int], *, followed: bool) -> int:
        """Put what is now in the place of what is gone; of its entries those that stay keep their rows."""
        before = sum(region.size for region in change.gone)
        shift = sum(read.size for read in change.now) - before
        self._db.executemany("DELETE FROM region WHERE number = ?", [(region.number,) for region in change.gone])
        behind = "UPDATE region SET start = start + ? WHERE file = ? AND start >= ?"
        self._db.execute(behind, (shift, self._name, change.start + before))
        start, count = change.start, 0
        seen: set[bytes] = set()
        for read in change.now:
            number = self._add(start, read.size, read.digest if followed else None)
            start += read.size
            fresh = {digest: raw for digest, raw in read.entries.items() if digest not in seen}
            seen.update(fresh)
            stay = [(number, held.pop(digest)) for digest in [*fresh] if digest in held and fresh.pop(digest)]
            self._db.executemany("UPDATE entry SET region = ? WHERE number = ?", stay)
            self._insert(number, fresh)
            count += len(fresh)
        return count + _drop(self._db, list(held.values()))

    def _last(self) -> _Region | None:
        row = self._db.execute(f"{_REGIONS} ORDER BY start DESC LIMIT 1", (self._name,)).fetchone()
        return _Region(*row) if row else None

    def _held(self, region: _Region) -> list[tuple[bytes, int]]:
        return self._db.execute("SELECT digest, number FROM entry WHERE region = ?", (region.number,)).fetchall()

    def _add(self, start: int, size: int, digest: bytes | None) -> int:
        values = (self._name, start, size, digest)
        row = self._db.execute("INSERT INTO region(file, start, size, digest) VALUES(?, ?, ?, ?)", values)
        return int(row.lastrowid or 0)

    def _insert(self, region: int, entries: Mapping[bytes, bytes]) -> None:
        (last,) = self._db.execute("SELECT coalesce(max(number), 0) FROM entry").fetchone()
        rows: list[tuple[Any, ...]] = []
        words: list[tuple[int, str, str, str, str]] = []
        for number, (digest, raw) in enumerate(entries.items(), last + 1):
            text = raw.decode("utf-8", "replace")
            entry = parse(text, self._kind)
            columns = [self._name if column == "path" else getattr(entry, column) for column in COLUMNS]
            rows.append((number, region, digest, *columns))
            labels = " ".join([*entry.metadata.values(), *entry.extra_fields.values()])
            labels += _spelled(f"{entry.summary} {labels}")
            words.append((number, entry.title.replace("_", " "), entry.summary, labels, text))
        self._db.executemany(f"INSERT INTO entry VALUES(?, ?, ?{', ?' * len(COLUMNS)})", rows)
        self._db.executemany("INSERT INTO words(rowid, title, summary, labels, body) VALUES(?, ?, ?, ?, ?)", words)
        stemmed = [(number, *(" ".join(stems(field)) for field in fields)) for number, *fields in words]
        self._db.executemany("INSERT INTO stems VALUES(?, ?, ?, ?, ?)", stemmed)


def _spelled(text: str) -> str:
    """The words that monitors' names are run together from (``EventBusBacklog``), for who asks in plain ones."""
    return "".join(f" {_INNER.sub(' ', name)}" for name in dict.fromkeys(_CAMEL.findall(text)))


def _look(file: BinaryIO, *, known: list[_Region], whole: bool) -> _Change:
    """Which regions are not what they were: those between the ones that stand unchanged on both sides.

    More of them where text now belongs to the entry before, or where a code fence now goes on into what follows.
    """
    size = file.seek(0, SEEK_END)
    end = known[-1].start + known[-1].size if known else 0
    first, last = (0, len(known)) if whole else _between_the_same(file, known, size - end)
    while True:
        start = known[first].start if first < len(known) else end
        stop = known[last].start + size - end if last < len(known) else size
        if first and not _begins_with_an_entry(_part(file, start, stop)):
            first -= 1
        elif last < len(known) and not self_contained(_part(file, start, stop)):
            last = len(known)
        else:
            break
    file.seek(start)
    return _Change(start, known[first:last], _read(file if stop == size else BytesIO(_part(file, start, stop))))


def _between_the_same(file: BinaryIO, known: list[_Region], grown: int) -> tuple[int, int]:
    """The first region that changed, and the first of those behind it that did not; the file grew by so many bytes.

    The very first region begins with no entry, and text before it would be its own: it is never behind.
    """

    def same(region: _Region, start: int) -> bool:
        return start >= least and _digest(_part(file, start, start + region.size)) == region.digest

    first, last, least = 0, len(known), 0
    while first < last and same(known[first], known[first].start):
        first += 1
        least += known[first - 1].size
    while last > max(first, 1) and same(known[last - 1], known[last - 1].start + grown):
        last -= 1
    return first, last


def _part(file: BinaryIO, start: int, stop: int) -> bytes:
    file.seek(start)
    return file.read(stop - start)


def _begins_with_an_entry(data: bytes) -> bool:
    _, start, end = spans(data)[0]
    return not data[start:end].strip()


def _read(file: BinaryIO) -> list[_Read]:
    """Regions from here to the end of the file."""
    found: list[_Read] = []
    held = b""
    for held, where in portions(file):
        size = where[-1][2]
        found.append(_Read(size, _digest(held[:size]), _entries(held, where)))
    if not self_contained(held):
        found[-1] = found[-1]._replace(digest=None)
    return found


def _entries(data: bytes, where: list[Span]) -> dict[bytes, bytes]:
    """The entries by their digests, without the blank space behind them."""
    texts = (data[start : trimmed(data, start, end)] for entry_id, start, end in where if entry_id)
    return {_digest(text): text for text in texts}


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()[:_DIGEST_BYTES]


def _drop(db: sqlite3.Connection, numbers: list[int]) -> int:
    rows = [(number,) for number in numbers]
    db.executemany("DELETE FROM entry WHERE number = ?", rows)
    db.executemany("DELETE FROM words WHERE rowid = ?", rows)
    db.executemany("DELETE FROM stems WHERE number = ?", rows)
    return len(numbers)
