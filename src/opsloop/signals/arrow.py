"""Rows of the hot tier as Arrow: the schema that the lake's files and every engine share."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from opsloop.signals.hot import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsloop.signals.hot import Row

_TYPES: Final = {
    "at": pa.timestamp("us"),
    "received_at": pa.timestamp("us"),
    "duration_s": pa.float64(),
    "value": pa.float64(),
    "attrs": pa.map_(pa.string(), pa.string()),
}
SCHEMA: Final = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])
"""One column a field of a signal; times are UTC without a zone, in microseconds."""

GROUP_ROWS: Final = 131_072
"""Rows of a table given out by ``tables``, and of a Parquet row group."""
_BATCH_ROWS: Final = 16_384
_RAW: Final = pa.schema([field if field.name != "attrs" else pa.field("attrs", pa.string()) for field in SCHEMA])
AS_SCHEMA: Final = ", ".join(
    'CAST(CAST("attrs" AS JSON) AS MAP(VARCHAR, VARCHAR)) AS "attrs"' if name == "attrs" else f'"{name}"'
    for name in COLUMNS
)
"""What DuckDB selects from ``raw`` to get SCHEMA: it reads JSON ten times faster than Python builds maps."""


def raw(rows: Iterable[Row]) -> Any:
    """The rows as a RecordBatchReader, ``attrs`` still as JSON text; made as it is read, never all in memory."""
    return pa.RecordBatchReader.from_batches(_RAW, _batches(rows))


def tables(rows: Iterable[Row]) -> Iterator[Any]:
    """The rows as Arrow tables of SCHEMA with at most GROUP_ROWS rows each; none for no rows."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("raw", raw(rows))
        for batch in connection.execute(f"SELECT {AS_SCHEMA} FROM raw").to_arrow_reader(GROUP_ROWS):  # noqa: S608
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).cast(SCHEMA)


def _batches(rows: Iterable[Row]) -> Iterator[Any]:
    source = iter(rows)
    while chunk := list(islice(source, _BATCH_ROWS)):
        columns = zip(zip(*chunk, strict=True), _RAW.types, strict=True)
        yield pa.record_batch([pa.array(values, kind) for values, kind in columns], schema=_RAW)
