"""The same table on Spark."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores import NOW, some, store_in

from opsloop.signals.table import open_table


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.needs("spark")
def test_spark_sees_the_same_rows(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(100), origin="file", now=NOW)
    store.seal(NOW)
    store.append(some(10, first=500), origin="file", now=NOW)
    tables = [open_table(store, engine) for engine in ("duckdb", "spark-local[2]")]
    rows = [
        table.order_by("id").select("id", "at", "received_at", "value", "kind").to_pyarrow().to_pylist()
        for table in tables
    ]
    assert len(rows[0]) == 110
    assert rows[0] == rows[1]
