"""The learnings that fit, as lines for a model.

Recall works on the index. When the journal has changed since, the ``opsloop`` command brings the index up to date: that
takes what the hook's bare interpreter may not have, and half a second, once after each change.
"""

from __future__ import annotations

import os
import sqlite3

from opsloop.dispatch import launcher

_STACKED, _FLAT = ".learnings/operations", ".learnings"
_INDEX = ".opsloop/index.sqlite"
_REFRESH_LIMIT_S = 5.0
_NO_TAGS = dict.fromkeys(map(ord, "<\uff1c\ufe64"), "\u2039")
_TOKENS = 80
"""For the texts; the ids of three entries and what stands around them are the rest of a hundred."""


def remembered(root: str, query: str, pattern_key: str | None, *, limit: int, now: float) -> list[tuple[str, str]]:
    """Up to ``limit`` (id, line) that fit ``query``, all lines together within 100 tokens; empty where nothing fits."""
    if _index(root) is None:
        return []
    from datetime import UTC, datetime

    from opsloop.index import Index
    from opsloop.recall import recall

    moment, index = datetime.fromtimestamp(now, UTC), Index(f"{root}/{_INDEX}")
    hits = recall(index, query, now=moment, top=limit, budget_tokens=_TOKENS, pattern_key=pattern_key)
    return [(hit["id"], f"- {hit['id']}: {_plain(hit['text'])}") for hit in hits]


def newest(root: str) -> str | None:
    """The entry that was logged last."""
    db = _index(root)
    found = db.execute("SELECT id FROM entry ORDER BY logged DESC, number DESC LIMIT 1").fetchone() if db else None
    return str(found[0]) if found else None


def _plain(text: str) -> str:
    """Without what is not seen (control, zero-width and bidirectional characters) and without anything like a tag."""
    return "".join(char for char in text if char.isprintable()).translate(_NO_TAGS)


def _index(root: str) -> sqlite3.Connection | None:
    """The index, brought up to date where the journal has changed; None where there is none."""
    path = f"{root}/{_INDEX}"
    db = sqlite3.connect(path) if os.path.exists(path) else None  # noqa: PTH110 - pathlib is too dear for the hook
    if not _current(root, db):
        launcher.run(root, "search", "bring the index up to date", limit_s=_REFRESH_LIMIT_S)
        db = sqlite3.connect(path) if os.path.exists(path) else None  # noqa: PTH110
    return db


def _current(root: str, db: sqlite3.Connection | None) -> bool:
    """Is every file of the journal indexed as it is now? Also when there is no journal."""
    folder = _STACKED if os.path.isdir(f"{root}/{_STACKED}") else _FLAT  # noqa: PTH112
    names = [name for name in (f"{folder}/{file}" for file in _FILES) if os.path.exists(f"{root}/{name}")]  # noqa: PTH110
    if db is None:
        return not names
    try:
        known = dict(db.execute("SELECT name, stamp FROM file"))
    except sqlite3.DatabaseError:
        return False
    return all(known.get(name) == _stamp(f"{root}/{name}") for name in names)


_FILES = ("LEARNINGS.md", "OPERATIONS_ISSUES.md", "FEATURE_REQUESTS.md")


def _stamp(path: str) -> str:
    """A file's state, in the words of the index."""
    found = os.stat(path)  # noqa: PTH116
    return str((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
