"""Everything stored, as one Ibis table: what detectors and metrics read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ibis.expr.types.relations import Table as _IbisTable

from opsloop.signals.engines import engine_table
from opsloop.signals.listing import Listing, listing, steadily
from opsloop.signals.place import Folder
from opsloop.signals.rows import microseconds, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.model import Signal
    from opsloop.signals.store import Store

Table: TypeAlias = _IbisTable
"""Columns: id source kind status service environment name severity fingerprint summary origin: string; at, received_at:
timestamp (UTC without a zone, microseconds); duration_s, value: float64; attrs: map<string, string>. One row an id."""


def open_table(store: Store, engine: str = "duckdb") -> Table:
    """Hot and sealed signals together, as of now. Raises BadInput for an unknown engine."""

    def look() -> Table:
        with store.hot.snapshot() as snapshot:
            place = store.place
            return engine_table(engine, place, listing(place, store.hot, snapshot), snapshot.rows())

    return steadily(look)


def from_signals(signals: Sequence[Signal], engine: str = "duckdb") -> Table:
    """The same table over signals in memory; received when they happened, where they don't say."""
    from pathlib import Path

    rows = (
        row_of(signal, origin=signal.origin, received_at=microseconds(signal.received_at or signal.at))
        for signal in signals
    )
    return engine_table(engine, Folder(Path()), Listing(), rows)
