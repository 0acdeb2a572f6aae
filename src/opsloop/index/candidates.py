"""The few entries worth a closer look, out of very many: those that hold the rarest words of a question.

Common words cost most and say least, so words are taken in the order of their rarity until a budget of postings is
spent; what is left over only counts in the closer look.
"""

from __future__ import annotations

from math import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

COLUMNS = ("id", "kind", "category", "status", "service", "pattern_key", "logged", "title", "summary")
_FIELDS = ("title", "summary", "labels", "body")
_COMMON = 1_000
"""Above this many entries a word is common: it is not counted further."""
_BUDGET = 4_000
"""Postings that one question may read."""
_SYNONYMS = 40


class Candidates:
    """``counts``: word -> entries that hold it (at most _COMMON); ``rows``: columns and the stems of each field."""

    __slots__ = ("counts", "rows", "total")

    def __init__(self, total: int, counts: dict[str, int], rows: list[tuple[dict[str, str], list[list[str]]]]) -> None:
        self.total, self.counts, self.rows = total, counts, rows


def find(db: sqlite3.Connection, words: Sequence[str], synonyms: Sequence[str], limit: int) -> Candidates:
    """Up to ``limit`` entries with the rarest of ``words``, and of ``synonyms`` while the budget lasts."""
    total = db.execute("SELECT max(number) FROM entry").fetchone()[0] or 0
    counts = {word: count(db, word) for word in words}
    chosen: list[str] = []
    spent = 0
    for word in sorted((word for word in counts if counts[word]), key=counts.__getitem__):
        if chosen and spent + counts[word] > _BUDGET:
            break
        chosen.append(word)
        spent += counts[word]
    for word in synonyms[:_SYNONYMS]:
        if spent >= _BUDGET:
            break
        if word not in counts and spent + (held := count(db, word)) <= _BUDGET and held:
            chosen.append(word)
            spent += held
    if not chosen:
        return Candidates(total, counts, [])
    query = " OR ".join(f'"{word}"' for word in chosen)
    columns = ", ".join(f"entry.{name}" for name in COLUMNS)
    fields = ", ".join(f"stems.{name}" for name in _FIELDS)
    best = "SELECT rowid AS number FROM words WHERE words MATCH ? ORDER BY bm25(words, 4.0, 4.0, 2.0, 1.0) LIMIT ?"
    rows = db.execute(
        f"SELECT {columns}, {fields} FROM ({best}) AS best JOIN entry USING (number) JOIN stems USING (number)",  # noqa: S608
        (query, limit),
    )
    width = len(COLUMNS)
    return Candidates(
        total,
        counts,
        [(dict(zip(COLUMNS, row[:width], strict=True)), [str(field).split() for field in row[width:]]) for row in rows],
    )


def fields(db: sqlite3.Connection, ids: Sequence[str]) -> tuple[int, dict[str, list[list[str]]]]:
    """How many entries there are, and the stems of each field of these."""
    total = db.execute("SELECT count(*) FROM entry").fetchone()[0]
    holes = ", ".join("?" * len(ids))
    names = ", ".join(f"stems.{name}" for name in _FIELDS)
    rows = db.execute(
        f"SELECT entry.id, {names} FROM entry JOIN stems USING (number) WHERE entry.id IN ({holes})", list(ids)
    )  # noqa: S608
    return total, {row[0]: [str(field).split() for field in row[1:]] for row in rows}


def rarity(held: int, total: int) -> float:
    """Inverse document frequency as in BM25, never negative."""
    return log(1 + (max(total, held) - held + 0.5) / (held + 0.5))


def count(db: sqlite3.Connection, word: str) -> int:
    some = "SELECT 1 FROM words WHERE words MATCH ? LIMIT ?"
    return int(db.execute(f"SELECT count(*) FROM ({some})", (f'"{word}"', _COMMON)).fetchone()[0])  # noqa: S608
