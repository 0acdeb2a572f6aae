"""All that is stored, for one look at everything: as a table, with what was kept of its days."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from opsloop.signals.days import Days, day_number
from opsloop.signals.engines import NAMES, engine_table, literal
from opsloop.signals.hot import COLUMNS
from opsloop.signals.listing import listing
from opsloop.signals.rollups import Kept, Rollups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.config import Engine
    from opsloop.signals.store import Store
    from opsloop.signals.table import Table

FOLDER: Final = "rollups"
FREQUENT: Final = ("alert", "sample")
"""Kinds of signals that there may be millions of; all others are kept by day as they are."""
WORTHWHILE_ROWS: Final = 200_000
"""A smaller lake is read whole: that is faster than a few files a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The signals, and the ``rollups`` of their days where there are any."""

    signals: Table
    rollups: Rollups | None = None


@contextmanager
def open_history(
    store: Store, engine: Engine, *, now: datetime, worthwhile_rows: int = WORTHWHILE_ROWS
) -> Iterator[History]:
    """Everything stored as of now, by one reader at a time; to be read within the block.

    Roll-ups are for DuckDB, for a lake of some size, and while it is certain that no signal is in two places of it.
    Elsewhere the signals themselves are read, and tell the same.
    """
    from filelock import FileLock

    with store.hot.snapshot() as snapshot:
        place = store.place
        sealed = listing(place, store.hot, snapshot)
        signals = engine_table(engine, place, sealed, snapshot.rows())
        if not engine.is_duckdb or not sealed.disjoint or not _has(signals, worthwhile_rows):
            yield History(signals=signals)
            return
        days = Days(signals.get_backend().con, place, sealed, snapshot)
    with FileLock(store.state / f"{FOLDER}.lock"):
        today = day_number(now.astimezone(UTC).date())
        rollups = Rollups(signals.get_backend(), days, store.state / FOLDER, today=today)
        yield History(signals=_by_kind(signals, rollups), rollups=rollups)


def _has(signals: Table, rows: int) -> bool:
    """Are there as many? Counted no further."""
    return bool(signals.limit(rows).count().to_pyarrow().as_py() >= rows)


def _by_kind(signals: Table, rollups: Rollups) -> Table:
    """The same signals; but asking for the rare kinds reads what was kept of them, and nothing of the others."""
    backend = signals.get_backend()
    backend.create_view("rare", rollups.rows(Kept(name="rare", relation=_rare)))
    parts = []
    for kind in map(literal, FREQUENT):  # as a literal, so that DuckDB sees where there is nothing to read
        names = NAMES.replace('"kind"', f'{kind} AS "kind"')
        parts.append(f"SELECT {names} FROM signals WHERE kind = {kind}")  # noqa: S608
    backend.con.execute(f"CREATE VIEW history AS {' UNION ALL '.join(parts)} UNION ALL FROM rare")
    table: Table = backend.table("history")
    return table


def _rare(signals: Table) -> Table:
    return signals.filter(signals.kind.notin(FREQUENT)).select(*COLUMNS)
