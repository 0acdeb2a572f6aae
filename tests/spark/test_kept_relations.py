"""What Spark keeps of a relation: its rows, on two executors, and not the plan that made it."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until

from opsloop.config import Engine
from opsloop.model import Signal
from opsloop.signals.table import Table, from_signals

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
pytestmark = [
    *(pytest.mark.spark, pytest.mark.slow, pytest.mark.needs("spark"), pytest.mark.timeout(600)),
    pytest.mark.xdist_group("spark"),
]


@pytest.fixture
def signals(cluster: str) -> Table:
    told = [Signal(id=f"d{n}", at=NOW, kind="deployment", status="succeeded", source="x") for n in range(100)]
    return from_signals(told, Engine(url=cluster))


def plan(rows: Table, capsys: pytest.CaptureFixture[str]) -> str:
    """How Spark would answer it."""
    capsys.readouterr()
    session(rows).sql(rows.compile()).explain()
    return capsys.readouterr().out


def session(rows: Table) -> Any:
    return rows.get_backend()._session


def test_a_relation_of_kept_ones_is_asked_for_as_if_it_were_the_first(
    signals: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = signals.select("id", "at").cache()
    first = plan(rows, capsys)
    assert "Scan" in first
    for _ in range(4):
        rows = rows.union(rows).distinct().cache()
    assert len(plan(rows, capsys)) < 1.2 * len(first)
    assert rows.count().to_pyarrow().as_py() == 100


def test_a_lost_executor_takes_nothing_along(signals: Table) -> None:
    rows = signals.select("id", "at").distinct().cache()
    executors = executors_of(rows)
    assert len(executors) == 2
    os.kill(executors[0], signal.SIGKILL)
    wait_until(lambda: executors[0] not in executors_of(rows), what="the executor's end")
    assert rows.count().to_pyarrow().as_py() == 100
    wait_until(lambda: len(executors_of(rows)) == 2, within_s=60, what="another executor")


def executors_of(rows: Table) -> list[int]:
    """Their processes, by the driver that they serve."""
    driver = f"CoarseGrainedScheduler@127.0.0.1:{session(rows).sparkContext.getConf().get('spark.driver.port')}"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
        except OSError:  # it has ended
            continue
        if any(driver in word for word in words) and words[0].endswith("java"):
            found.append(int(process.name))
    return found
