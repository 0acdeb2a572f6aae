"""The few entries worth a closer look, out of very many: those that hold the rarest words of a question.

Common words cost most and say least, so words are taken in the order of their rarity until a budget of postings is
spent; what is left over only counts in the closer look.
"""

from __future__ import annotations

from itertools import combinations
from math import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

COLUMNS = ("id", "kind", "category", "status", "service", "pattern_key", "logged", "title", "summary")
_FIELDS = ("title", "summary", "labels", "body")
_COMMON = 400
"""Above this many entries a word is common: it is not counted further."""
_BUDGET = 800
"""Postings that one question may read."""
_PLENTY = 600
"""With so many postings read, synonyms are not asked for."""
_SYNONYMS = 24
"""So many are tried."""
_COMBINED = 4
"""Of common words so many are asked for together."""


class Candidates:
    """``counts``: word -> entries that hold it (at most _COMMON); ``rows``: columns and the stems of each field."""

    __slots__ = ("counts", "rows", "total")

    def __init__(self, total: int, counts: dict[str, int], rows: list[tuple[dict[str, str], list[list[str]]]]) -> None:
        self.total, self.counts, self.rows = total, counts, rows


def find(db: sqlite3.Connection, words: Sequence[str], synonyms: Sequence[str], limit: int) -> Candidates:
    """Up to ``limit`` entries with the rarest of ``words``, and of ``synonyms`` where all are rare."""
    total = db.execute("SELECT max(number) FROM entry").fetchone()[0] or 0
    counts = {word: count(db, f'"{word}"') for word in words}
    common = [word for word in words if counts[word] >= _COMMON][:_COMBINED]
    terms = _rare(db, counts, () if common else synonyms[:_SYNONYMS])
    together, many = _together(db, common, limit)
    query = " OR ".join(terms if many and terms else [*terms, *together])
    if not query:
        return Candidates(total, counts, [])
    newest = many and not terms  # all hold the same common words: the newest that hold them where it counts will do
    if newest and count(db, about := f"{{title summary labels}} : ({query})", limit) >= limit:
        query = about
    columns = ", ".join([*(f"entry.{name}" for name in COLUMNS), *(f"stems.{name}" for name in _FIELDS)])
    order = "rowid DESC" if newest else "bm25(words, 4.0, 4.0, 2.0)"
    best = f"SELECT rowid AS number FROM words WHERE words MATCH ? ORDER BY {order} LIMIT ?"  # noqa: S608
    sql = f"SELECT {columns} FROM ({best}) AS best JOIN entry USING (number) JOIN stems USING (number)"  # noqa: S608
    width = len(COLUMNS)
    rows = [
        (dict(zip(COLUMNS, row[:width], strict=True)), [str(field).split() for field in row[width:]])
        for row in db.execute(sql, (query, limit))
    ]
    return Candidates(total, counts, rows)


def _rare(db: sqlite3.Connection, counts: dict[str, int], synonyms: Sequence[str]) -> list[str]:
    """Rare words, each for itself; synonyms while less than plenty would be read."""
    terms, spent = [], 0
    for word in sorted((word for word in counts if 0 < counts[word] < _COMMON), key=counts.__getitem__):
        if spent + counts[word] <= _BUDGET:
            terms.append(f'"{word}"')
            spent += counts[word]
    for word in synonyms:
        if spent >= _PLENTY:
            break
        if word not in counts and 0 < (found := count(db, f'"{word}"')) < _COMMON:
            terms.append(f'"{word}"')
            spent += found
    return terms


def _together(db: sqlite3.Connection, common: Sequence[str], limit: int) -> tuple[list[str], bool]:
    """Common words: as many of them together as still leave something to choose from; and is even that too much?"""
    terms: list[str] = []
    found = 0
    for size in range(len(common), 0, -1):
        wider = ["(" + " AND ".join(f'"{word}"' for word in some) + ")" for some in combinations(common, size)]
        found = count(db, " OR ".join(wider), _BUDGET)
        if terms and found >= _BUDGET:
            return terms, False
        terms = wider if found else terms
        if found >= limit:
            break
    return terms, found >= _BUDGET


def fields(db: sqlite3.Connection, ids: Sequence[str]) -> tuple[int, dict[str, list[list[str]]]]:
    """How many entries there are, and the stems of each field of these."""
    total = db.execute("SELECT count(*) FROM entry").fetchone()[0]
    holes = ", ".join("?" * len(ids))
    names = ", ".join(f"stems.{name}" for name in _FIELDS)
    wanted = f"SELECT entry.id, {names} FROM entry JOIN stems USING (number) WHERE id IN ({holes})"  # noqa: S608
    rows = db.execute(wanted, list(ids))
    return total, {row[0]: [str(field).split() for field in row[1:]] for row in rows}


def rarity(held: int, total: int) -> float:
    """Inverse document frequency as in BM25, never negative."""
    return log(1 + (max(total, held) - held + 0.5) / (held + 0.5))


def count(db: sqlite3.Connection, query: str, most: int = _COMMON) -> int:
    """Entries that match, ``most`` of them counted at most."""
    some = "SELECT 1 FROM words WHERE words MATCH ? LIMIT ?"
    return int(db.execute(f"SELECT count(*) FROM ({some})", (query, most)).fetchone()[0])  # noqa: S608
