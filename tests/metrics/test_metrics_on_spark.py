"""The same figures from Spark as from DuckDB, on the demo company's history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from opsloop.demo import history
from opsloop.metrics.scope import Scope
from opsloop.signals.table import from_signals
from opsloop.verbs.metrics import FAMILIES

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.needs("spark")
@pytest.mark.parametrize("family", FAMILIES)
def test_both_engines_agree(family: str) -> None:
    signals = history(NOW)
    scope = Scope(start=NOW - timedelta(days=60), end=NOW, now=NOW)
    compute = import_module(f"opsloop.metrics.{family}").compute
    assert compute(from_signals(signals, "spark-local[2]"), scope) == compute(from_signals(signals), scope)
