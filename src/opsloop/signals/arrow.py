"""Rows of the hot tier as Arrow: the schema that the lake's files and every engine share."""

from __future__ import annotations

import json
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

BATCH_ROWS: Final = 16_384
_ATTRS: Final = COLUMNS.index("attrs")


def batches(rows: Iterable[Row]) -> Iterator[Any]:
    """Record batches of ``SCHEMA``, at most ``BATCH_ROWS`` rows each, made as they are asked for."""
    source = iter(rows)
    while chunk := list(islice(source, BATCH_ROWS)):
        columns: list[Any] = list(zip(*chunk, strict=True))
        columns[_ATTRS] = [list(json.loads(text).items()) for text in columns[_ATTRS]]
        arrays = [pa.array(values, kind.type) for values, kind in zip(columns, SCHEMA, strict=True)]
        yield pa.record_batch(arrays, schema=SCHEMA)


def reader(rows: Iterable[Row]) -> Any:
    """The same as one RecordBatchReader, which engines consume without holding all of it."""
    return pa.RecordBatchReader.from_batches(SCHEMA, batches(rows))
