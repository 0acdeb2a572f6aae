"""The lake in an object store (moto's S3), and the same table on Spark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import NOW, some, store_in

from opsloop.signals.table import open_table


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server of the test's own, with an empty bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("lake")
    yield "s3://lake/opsloop"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.needs("moto")
def test_two_receivers_seal_to_one_object_store_and_read_it_back(tmp_path: Path, bucket: str) -> None:
    first, second = (store_in(tmp_path / name, lake=bucket, retention_days=30) for name in ("a", "b"))
    first.append(some(60), origin="webhook", now=NOW)
    second.append(some(40, first=50), origin="webhook", now=NOW)
    assert first.seal(NOW).rows == 60
    assert second.seal(NOW).rows == 40
    first.append(some(5, first=200), origin="webhook", now=NOW)
    for store, seen in ((first, 95), (second, 90)):
        assert open_table(store).count().execute() == seen
        assert len(store.read()) == seen
    assert first.append(some(60), origin="webhook", now=NOW).duplicates == 60


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
