"""The learnings that fit, as lines for a model.

Recall works on the index. When the journal has changed since, the ``opsloop`` command brings the index up to date: that
takes what the hook's bare interpreter may not have, and half a second, once after each change.
"""

from __future__ import annotations

from posix import stat

from opsloop.dispatch import ground, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsloop.index import Index

_STACKED, _FLAT = ".learnings/operations", ".learnings"
_FILES = ("LEARNINGS.md", "OPERATIONS_ISSUES.md", "FEATURE_REQUESTS.md")
_INDEX = ".opsloop/index.sqlite"
_NO_TAGS = dict.fromkeys((0x3C, 0xFF1C, 0xFE64), "\u2039")
"""Less-than signs, also the wide and the small one."""
_REFRESH_LIMIT_S = 5.0
_BUDGET = 100
"""Tokens, where ``[recall] budget_tokens`` says nothing else."""
_AROUND = 20
"""Tokens that the ids of three entries and what stands around them take."""


def remembered(root: str, query: str, pattern_key: str | None, *, limit: int, now: float) -> list[tuple[str, str]]:
    """Up to ``limit`` (id, line) that fit ``query``, all lines together within the budget; empty where nothing fits."""
    index = _index(root)
    if index is None:
        return []
    from opsloop.recall import recall

    wanted = settings.table(root, "recall")
    hits = recall(
        index,
        query,
        now=now,
        top=limit,
        budget_tokens=max(int(settings.number(wanted, "budget_tokens", _BUDGET)) - _AROUND, 0),
        pattern_key=pattern_key,
        min_score=settings.number(wanted, "min_score", 0.0),
    )
    return [(hit["id"], f"- {hit['id']}: {_plain(hit['text'])}") for hit in hits]


def newest(root: str) -> str | None:
    """The entry that was logged last."""
    index = _index(root)
    return index.newest() if index else None


def _plain(text: str) -> str:
    """Without what is not seen (control, zero-width and bidirectional characters) and without anything like a tag."""
    return "".join(char for char in text if char.isprintable()).translate(_NO_TAGS)


def _index(root: str) -> Index | None:
    """The index, brought up to date where the journal has changed; None where there is none."""
    from opsloop.index import Index

    index, path = Index(f"{root}/{_INDEX}"), f"{root}/{_INDEX}"
    if not _current(root, index if ground.exists(path) else None):
        from opsloop.dispatch import launcher

        launcher.run(root, "search", "bring the index up to date", limit_s=_REFRESH_LIMIT_S)
    return index if ground.exists(path) else None


def _current(root: str, index: Index | None) -> bool:
    """Is every file of the journal indexed as it is now? Also when there is no journal."""
    folder = _STACKED if ground.is_folder(f"{root}/{_STACKED}") else _FLAT
    names = [name for name in (f"{folder}/{file}" for file in _FILES) if ground.exists(f"{root}/{name}")]
    if index is None:
        return not names
    known = index.stamps()
    return all(known.get(name) == _stamp(f"{root}/{name}") for name in names)


def _stamp(path: str) -> str:
    """A file's state, in the words of the index."""
    found = stat(path)
    return str((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
