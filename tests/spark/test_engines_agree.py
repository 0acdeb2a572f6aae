"""A real Spark cluster (a master and two workers) and DuckDB: every metric and detector, equal row for row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest
import random_history
from stores import store_in

from opsloop import detectors
from opsloop.config import Engine, Settings
from opsloop.demo import history
from opsloop.demo import settings as company_settings
from opsloop.detect import find, find_with
from opsloop.metrics.relations import changes
from opsloop.metrics.scope import Scope
from opsloop.metrics.sharing import sharing
from opsloop.model import Finding, Signal
from opsloop.signals.table import Table, digest, open_table
from opsloop.verbs.backtest import backtest
from opsloop.verbs.metrics import FAMILIES
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(2, 8))]
HOT = 200
REPLAYED = [
    *(("alert_recurrence", 60), ("change_failure_rate", 60), ("mttr_exceeded", 60)),
    ("dora_regression", 2),  # a standing one, asked again for each day
    *(
        pytest.param(name, 60 if not detectors.load(name).rule.standing else 5, marks=pytest.mark.chaos)
        for name in detectors.names()
    ),
]
QUIET = {"late_alert", "slo_breach", "toil_share"}
"""What did not happen to the company in these days."""
pytestmark = [
    *(pytest.mark.spark, pytest.mark.slow, pytest.mark.needs("spark"), pytest.mark.timeout(1200)),
    pytest.mark.xdist_group("spark"),
]

Both = tuple[Table, Table]


@contextmanager
def both(root: Path, signals: list[Signal], now: datetime, cluster: str) -> Iterator[Both]:
    """One store, most of it sealed and compacted, as DuckDB and as the cluster see it; Spark keeps it in memory."""
    store = store_in(root)
    store.append(signals[:-HOT], origin="test", now=now)
    store.seal(now)
    store.append(signals[-HOT:], origin="test", now=now)
    on_spark = open_table(store, Engine(url=cluster))
    session = on_spark.get_backend()._session
    session.catalog.cacheTable("signals")
    yield open_table(store), on_spark
    session.catalog.uncacheTable("signals")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, cluster: str) -> Iterator[Both]:
    """The demo company's ninety days."""
    with both(tmp_path_factory.mktemp("demo"), history(NOW), NOW, cluster) as tables:
        yield tables


def test_the_cluster_works_on_the_same_rows(company: Both, cluster: str) -> None:
    rows = [
        table.order_by("id").select("id", "at", "received_at", "value", "kind", "origin").to_pyarrow().to_pylist()
        for table in company
    ]
    assert rows[0] == rows[1]
    context = company[1].get_backend()._session.sparkContext
    assert context.master == cluster
    assert context._jsc.sc().getExecutorMemoryStatus().size() == 3, "the driver and two executors"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_metric_is_the_same(family: str, company: Both) -> None:
    scope = Scope(start=NOW - timedelta(days=60), end=NOW, now=NOW)
    compute = import_module(f"opsloop.metrics.{family}").compute
    ours, theirs = (compute(table, scope) for table in company)
    assert ours["groups"], "the company has figures of every family"
    assert ours == theirs


@pytest.mark.parametrize("name", detectors.names())
def test_a_detector_finds_the_same(name: str, company: Both) -> None:
    ours, theirs = (found(table, name, NOW) for table in company)
    assert ours == theirs


def test_a_text_that_is_missing_is_none_of_the_others(tmp_path: Path, cluster: str) -> None:
    texts = (None, "", "a", "b")
    told = [
        Signal(id=f"{n}", at=NOW, kind="alert", status="firing", source="x", service=service, name=name)
        for n, (service, name) in enumerate(product(texts, texts))
    ]
    with both(tmp_path, told, NOW, cluster) as tables:
        for table in tables:
            numbers = table.select(number=digest(table, table.service, table.name)).distinct()
            assert numbers.count().to_pyarrow().as_py() == len(told)


def test_a_time_of_merging_is_read_with_any_offset(tmp_path: Path, cluster: str) -> None:
    wanted = datetime(2026, 3, 2, 9, 30, 0, 120000, tzinfo=UTC).replace(tzinfo=None)
    written = {
        "2026-03-02T09:30:00.12Z": wanted,
        "2026-03-02T15:00:00.12+05:30": wanted,
        "2026-03-02T06:00:00.12-03:30": wanted,
        "2026-03-02T09:30:00.12": None,
        "lately": None,
        "": None,
    }
    told = [
        Signal(id=text, at=NOW, kind="change", status="released", source="x", attrs={"merged_at": text})
        for text in written
    ]
    with both(tmp_path, told, NOW, cluster) as tables:
        for table in tables:
            read = changes(table).select("fingerprint", "merged_at").to_pyarrow().to_pylist()
            assert {row["fingerprint"]: row["merged_at"] for row in read} == written


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the company's signals."""
    root = tmp_path_factory.mktemp("project")
    ws = Workspace(root, NOW)
    ws.store.append(history(NOW), origin="test", now=NOW)
    ws.store.seal(NOW)
    return root


@pytest.mark.parametrize(("name", "days"), REPLAYED)
def test_a_back_test_tells_the_same(name: str, days: int, project: Path, cluster: str) -> None:
    settings = project / "opsloop.toml"
    settings.write_text(company_settings())
    ours = backtest(Workspace(project, NOW), detector=name, days=days)
    settings.write_text(f'{company_settings()}\n[engine]\nname = "{cluster}"\n')
    assert backtest(Workspace(project, NOW), detector=name, days=days) == ours
    assert ours["results"][0]["findings"] > 0 or name in QUIET


@pytest.mark.parametrize("seed", SEEDS)
def test_random_histories_give_the_same_findings_and_figures(seed: int, tmp_path: Path, cluster: str) -> None:
    now = random_history.NOW
    scope = Scope(start=now - timedelta(days=30), end=now, now=now)
    with both(tmp_path, random_history.random_history(seed), now, cluster) as tables:
        ours, theirs = (find(table, now=now, settings=Settings()) for table in tables)
        assert ordered(ours) == ordered(theirs)
        assert len({finding.detector for finding in ours}) > 5, "the history is rich enough to say something"
        for family in FAMILIES:
            compute = import_module(f"opsloop.metrics.{family}").compute
            ours, theirs = (compute(table, scope) for table in tables)
            assert ours == theirs, family


def found(table: Table, name: str, now: datetime) -> list[Finding]:
    """What a detector finds."""
    with sharing():
        return ordered(find_with(detectors.load(name), table, now=now, settings=Settings()))


def ordered(findings: list[Finding]) -> list[Finding]:
    """In an order of its own: engines may give rows in any."""
    return sorted(findings, key=lambda finding: (finding.detector, finding.pattern_key, finding.service or ""))
