"""The same figures from Spark as from DuckDB, on the demo company's history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from opsloop.demo import history
from opsloop.metrics.scope import Scope
from opsloop.signals.table import from_signals
from opsloop.verbs.metrics import FAMILIES

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.needs("spark"), pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """Spark in this process, told that the history is small: 2 partitions where 200 are usual."""
    from pyspark.sql import SparkSession

    small = {"spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC"}
    session = SparkSession.builder.master("local[2]").config(map=small).getOrCreate()
    yield "spark-local[2]"
    session.stop()


@pytest.mark.parametrize("family", FAMILIES)
def test_both_engines_agree(family: str, engine: str) -> None:
    signals = history(NOW)
    scope = Scope(start=NOW - timedelta(days=60), end=NOW, now=NOW)
    compute = import_module(f"opsloop.metrics.{family}").compute
    assert compute(from_signals(signals, engine), scope) == compute(from_signals(signals), scope)
