"""What is stored of each day, and how to read some days alone.

A file of the lake holds one day and never changes, and rows of the hot tier only ever come behind others; so the
names of a day's files and the first and last place of its hot rows say exactly what is stored of it. ``stamp`` makes
one short text of that: it stays while nothing came, and a late signal changes it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from opsloop.signals.engines import NAMES, literal
from opsloop.signals.rows import microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opsloop.signals.hot import Snapshot
    from opsloop.signals.listing import Listing
    from opsloop.signals.place import Place

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000


class Days:
    """The stored days as numbers (days since 1970, UTC), on the DuckDB that has the hot rows as table ``fresh``."""

    def __init__(self, connection: Any, place: Place, sealed: Listing, snapshot: Snapshot) -> None:
        self._connection, self._place = connection, place
        self._paths = defaultdict[int, list[str]](list)
        for path in sealed.paths:
            self._paths[day_number(date.fromisoformat(path[len("day=") :].partition("/")[0]))].append(path)
        self._hot = {day: f"{snapshot.store} {marks}" for day, *marks in snapshot.days()}
        self.numbers = sorted(self._paths.keys() | self._hot.keys())

    def stamp(self, first: int, last: int) -> str:
        """What is stored from day ``first`` to day ``last``, as 16 characters."""
        stored = [(day, self._paths.get(day), self._hot.get(day)) for day in range(first, last + 1)]
        return sha256(repr(stored).encode()).hexdigest()[:16]

    def view(self, name: str, days: Sequence[int], *, until: datetime | None = None) -> None:
        """Make the view ``name``: the signals of those days that are stored, and no later ones than ``until``."""
        numbers = ", ".join(map(str, days)) or "NULL"
        parts = [f"SELECT {NAMES} FROM fresh WHERE epoch_us(date_trunc('day', \"at\")) // {_DAY_US} IN ({numbers})"]  # noqa: S608
        paths = [literal(self._place.address(path)) for day in days for path in self._paths.get(day, ())]
        if paths:
            parts.append(f"SELECT {NAMES} FROM read_parquet([{', '.join(paths)}], hive_partitioning = false)")  # noqa: S608
        union = " UNION ALL ".join(parts)
        known = "" if until is None else f'WHERE "at" <= make_timestamp({microseconds(until)})'
        self._connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS FROM ({union}) {known}')


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day so many days after 1970-01-01."""
    return date.fromordinal(number + _EPOCH)
