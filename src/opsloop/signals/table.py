"""Everything stored, as one Ibis table: what detectors and metrics read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ibis
from ibis.expr.types.relations import Table as _IbisTable

from opsloop.signals.engines import DUCKDB, engine_table
from opsloop.signals.listing import Listing, listing, steadily
from opsloop.signals.place import Folder
from opsloop.signals.rows import microseconds, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.config import Engine
    from opsloop.model import Signal
    from opsloop.signals.store import Store

Table: TypeAlias = _IbisTable
"""Columns: id source kind status service environment name severity fingerprint summary origin: string; at, received_at:
timestamp (UTC without a zone, microseconds); duration_s, value: float64; attrs: map<string, string>. One row an id."""


def open_table(store: Store, engine: Engine = DUCKDB) -> Table:
    """Hot and sealed signals together, as of now. Raises BadInput for an unknown engine."""

    def look() -> Table:
        with store.hot.snapshot() as snapshot:
            place = store.place
            return engine_table(engine, place, listing(place, store.hot, snapshot), snapshot.rows())

    return steadily(look)


def from_signals(signals: Sequence[Signal], engine: Engine = DUCKDB) -> Table:
    """The same table over signals in memory; received when they happened, where they don't say."""
    from pathlib import Path

    rows = (
        row_of(signal, origin=signal.origin, received_at=microseconds(signal.received_at or signal.at))
        for signal in signals
    )
    return engine_table(engine, Folder(Path()), Listing(), rows)


def digest(table: Table, first: Any, second: Any, third: Any = None) -> Any:
    """An expression: a 64-bit number for texts (null ones too) of ``table``'s rows, for numbers sort and join several
    times faster than texts. Equal within one engine only; each has its own hash.
    """
    parts = [first, second, ibis.null("string") if third is None else third]
    if table.get_backend().name == "pyspark":
        return _xxhash64(*(part.fill_null(_NULL) for part in parts))
    return _hash(*parts)


_NULL: Final = "\u2400"
"""Spark passes over nulls: without it a service that has no name would be the name that has no service."""


@ibis.udf.scalar.builtin(name="hash", signature=(("string", "string", "string"), "uint64"))
def _hash(first: str, second: str, third: str) -> int:
    """DuckDB's."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(name="xxhash64", signature=(("string", "string", "string"), "int64"))
def _xxhash64(first: str, second: str, third: str) -> int:
    """Spark's."""
    raise NotImplementedError
