"""Which signals are stored already: an event that is delivered again must not count again.

Ids come in no order, so nearly each one changes a page of its own in an index, which costs four times what the signal
itself costs. Therefore they get there late and many at a time. ``seen`` holds the ids of all rows up to
``seal.seen_through``, also of those that were sealed; the ids of the few rows after it, the tail, are kept in memory
by whoever writes, and read again from the rows when another process wrote.

The hook imports this module on its hot path.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from opsloop.signals.hot import Row

_ASK_IDS = 512
"""Ids a question: a statement costs a turn for the interpreter's lock, which a busy server has few of."""
_ASK = "WITH asked (id) AS (VALUES {}) SELECT seen.id FROM asked CROSS JOIN seen ON seen.id = asked.id"
"""One look into the index an id, in the order asked; an ``IN`` sorts the ids first, which costs as much as looking."""
_LAST = "(SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'signals')"
_INDEX = "INSERT OR IGNORE INTO seen (id, at) SELECT id, at FROM signals WHERE seq > ? AND seq <= ? ORDER BY id"


class Known:
    """What one connection knows; every method but ``forget`` is called within a transaction that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tail: set[object] = set()
        self._through = self._last = -1

    @property
    def tail_rows(self) -> int:
        """How many ids are not in the index yet, as of the last transaction."""
        return max(0, self._last - self._through)

    def catch_up(self) -> None:
        """Note what other processes stored and indexed since the last transaction; first of all in each."""
        through, last = self._connection.execute(f"SELECT seen_through, {_LAST} FROM seal").fetchone()  # noqa: S608
        if through != self._through:
            self._tail.clear()
            self._through = self._last = through
        if last != self._last:
            newer = self._connection.execute("SELECT id FROM signals WHERE seq > ?", (self._last,))
            self._tail.update([id_ for (id_,) in newer])
            self._last = last

    def sort_out(self, groups: Sequence[Sequence[Row]]) -> tuple[list[Row], list[int]]:
        """The rows that are new, each id once, and how many of each group they are. They are to be inserted now."""
        tail, indexed = self._tail, self._indexed([row[0] for group in groups for row in group])
        new: list[Row] = []
        counts = []
        for group in groups:
            before = len(new)
            for row in group:
                if row[0] not in tail and row[0] not in indexed:
                    tail.add(row[0])
                    new.append(row)
            counts.append(len(new) - before)
        self._last += len(new)
        return new, counts

    def index(self, rows: int) -> None:
        """Take the ids of the tail's first ``rows`` rows into the index, in the index's order."""
        through = min(self._through + rows, self._last)
        self._connection.execute(_INDEX, (self._through, through))
        self._connection.execute("UPDATE seal SET seen_through = ?", (through,))
        if through == self._last:
            self._tail.clear()
        self._through = through

    def forget(self) -> None:
        """A transaction failed: what was noted in it never was."""
        self._tail.clear()
        self._through = self._last = -1

    def _indexed(self, ids: list[object]) -> set[object]:
        """Those of the ids that the index holds."""
        found: set[object] = set()
        for first in range(0, len(ids), _ASK_IDS):
            asked = ids[first : first + _ASK_IDS]
            places = 1 << (len(asked) - 1).bit_length()  # powers of two, so that few statements are prepared
            asked += [None] * (places - len(asked))
            query = _ASK.format(", ".join(["(?)"] * places))
            found.update([id_ for (id_,) in self._connection.execute(query, asked)])
        return found
