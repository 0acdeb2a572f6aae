"""The learnings that fit, as lines for a model: from the index when it is as new as the journal, else by the command."""

from __future__ import annotations

import os
import sqlite3

from opsloop.dispatch import launcher

_FOLDERS = (".learnings/operations", ".learnings")
_LIMIT_S = 5.0


def remembered(root: str, query: str, pattern_key: str | None, *, limit: int) -> list[tuple[str, str]]:
    """Up to ``limit`` (id, line) that fit ``query``, those of the very pattern first; empty where nothing fits."""
    path = f"{root}/.opsloop/index.sqlite"
    if not _current(root, path) and launcher.run(root, "search", "refresh the index", limit_s=_LIMIT_S) is None:
        return []
    from pathlib import Path

    from opsloop.index import Index

    hits = Index(Path(path)).search(f"{query} {(pattern_key or '').replace('.', ' ')}", limit)
    return [(hit["id"], f"- {hit['id']}: {hit['summary']} (opsloop show {hit['id']})") for hit in hits]


def newest(root: str) -> str | None:
    """The entry that was logged last."""
    path = f"{root}/.opsloop/index.sqlite"
    if not _current(root, path):
        launcher.run(root, "search", "refresh the index", limit_s=_LIMIT_S)
    if not os.path.exists(path):  # noqa: PTH110
        return None
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT id FROM entry ORDER BY logged DESC, number DESC LIMIT 1").fetchone()
    finally:
        connection.close()
    return str(found[0]) if found else None


def _current(root: str, path: str) -> bool:
    """Is every file of the journal indexed as it is now? Also when there is no journal."""
    stacked = os.path.isdir(f"{root}/{_FOLDERS[0]}")  # noqa: PTH112
    folder = _FOLDERS[0] if stacked else _FOLDERS[1]
    try:
        names = [f"{folder}/{name}" for name in os.listdir(f"{root}/{folder}") if name.endswith(".md")]  # noqa: PTH208
    except FileNotFoundError:
        return True
    if not os.path.exists(path):  # noqa: PTH110
        return not names
    connection = sqlite3.connect(path)
    try:
        known = dict(connection.execute("SELECT name, stamp FROM file"))
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return all(known[name] == str(_stamp(f"{root}/{name}")) for name in names if name in known) and bool(known)


def _stamp(path: str) -> tuple[int, int, int, int]:
    found = os.stat(path)  # noqa: PTH116
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
