"""The store keeps every event once, across processes, seals and crashes between their steps."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stores import NOW, append_many, signal, some, store_in

from opsloop.config import Engine
from opsloop.errors import BadInput, OutsideFailed
from opsloop.model import Signal
from opsloop.signals import Store, lake
from opsloop.signals.engines import DUCKDB, engine_table
from opsloop.signals.listing import listing
from opsloop.signals.rows import row_of
from opsloop.signals.table import from_signals, open_table


def ids(store: Store) -> list[str]:
    """What a table's reader sees; equal to what ``read`` sees."""
    from_table = sorted(open_table(store).id.to_pyarrow().to_pylist())
    assert sorted(one.id for one in store.read()) == from_table
    return from_table


def test_reading_an_empty_project_creates_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    assert store.read() == []
    assert open_table(store).count().execute() == 0
    assert store.seal(NOW).rows == 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    written = signal(
        1,
        service="checkout",
        environment="production",
        name="HighErrorRate",
        severity="P1",
        fingerprint="f",
        duration_s=1.5,
        value=-0.25,
        summary='5xx \u2028 above 2% "quoted" \\ \' ; -- \x00',
        attrs={"naïve key": "väl\nue", "": "", "nul": "a\x00b", 'quote"s': '{"a": [1]}'},
    )
    store.append([written], origin="file", now=NOW)
    for _ in ("hot", "sealed"):
        (read,) = store.read()
        assert read.as_json() == {**written.as_json(), "received_at": "2026-03-01T12:00:00Z", "origin": "file"}
        assert Signal.from_json(read.as_json() | {"origin": None}) is not None
        store.seal(NOW)


def test_a_delivery_twice_is_a_duplicate_before_and_after_a_seal(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    assert store.append(some(10), origin="file", now=NOW).accepted == 10
    assert store.append(some(12), origin="file", now=NOW).accepted == 2
    assert store.seal(NOW).rows == 12
    again = store.append(some(13), origin="webhook", now=NOW)
    assert (again.accepted, again.duplicates) == (1, 12)
    assert len(ids(store)) == 13


def test_the_same_id_twice_in_one_delivery_is_stored_once(tmp_path: Path) -> None:
    appended = store_in(tmp_path).append([signal(1), signal(1), signal(2)], origin="file", now=NOW)
    assert (appended.accepted, appended.duplicates) == (2, 1)


def test_of_groups_committed_together_each_hears_what_was_new_of_its_own(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(5), origin="file", now=NOW)
    groups = [
        [row_of(one, origin="x", received_at=0) for one in group] for group in (some(3), some(4, 3), some(4, 6), [])
    ]
    assert store.hot.append_groups(groups) == [0, 2, 3, 0]
    assert len(ids(store)) == 10


def test_filters_and_pages_see_both_tiers_oldest_first(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(20), origin="file", now=NOW)
    store.seal(NOW)
    store.append(
        [signal(30, service="a"), signal(31, kind="deployment", status="started", source="my-ci")], origin="x", now=NOW
    )
    read = store.read()
    assert [one.at for one in read] == sorted(one.at for one in read)
    assert [one.id for one in store.read(service="a")] == ["s00030"]
    assert [one.id for one in store.read(kind="deployment")] == ["s00031"]
    assert [one.id for one in store.read(source="my_ci")] == ["s00031"]
    assert [one.id for one in store.read(since=NOW - timedelta(hours=1))] == ["s00001", "s00000"]
    pages, after = [], None
    while page := store.read(limit=7, after=after):
        pages += [one.id for one in page]
        after = (page[-1].at, page[-1].id)
    assert pages == [one.id for one in read]


def test_the_lake_may_be_a_file_url(tmp_path: Path) -> None:
    store = store_in(tmp_path, lake=f"file://{tmp_path}/elsewhere")
    store.append(some(3), origin="file", now=NOW)
    (path,) = store.seal(NOW).files
    assert (tmp_path / "elsewhere" / path).exists()
    assert len(ids(store)) == 3


def test_a_seal_leaves_what_is_too_young(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(3), origin="file", now=NOW - timedelta(hours=30))
    store.append(some(2, first=10), origin="file", now=NOW)
    assert store.seal(NOW, older_than=timedelta(hours=24)).rows == 3
    assert len(ids(store)) == 5
    with store.hot.snapshot() as snapshot:
        assert snapshot.count() == 2


def test_files_are_by_the_utc_day_of_the_event(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(
        [signal(1, at=datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)), signal(2, at=NOW)], origin="x", now=NOW
    )
    assert [path.partition("/")[0] for path in store.seal(NOW).files] == ["day=2026-02-28", "day=2026-03-01"]


class Died(BaseException):
    """Stands for the end of the process."""


STEPS = ["_begin", "_write", "_commit", "_sweep"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_seal_that_dies_between_its_steps_shows_each_signal_once_and_is_finished_by_the_next(
    step: str, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in(tmp_path)
    store.append(some(100), origin="file", now=NOW)
    real = getattr(lake, step)

    def dying(*words: object, **more: object) -> object:
        if moment == "after":
            real(*words, **more)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(lake, step, dying)
        with pytest.raises(Died):
            store.seal(NOW)
    fresh = store_in(tmp_path)
    assert len(ids(fresh)) == 100
    fresh.append(some(5, first=200), origin="file", now=NOW)
    assert len(ids(fresh)) == 105
    fresh.seal(NOW)
    assert len(ids(fresh)) == 105
    assert fresh.append(some(100), origin="file", now=NOW).accepted == 0


def test_half_the_files_of_a_seal_count_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_in(tmp_path)
    store.append(some(100), origin="file", now=NOW)
    written: list[object] = []
    real = lake.tables

    def until_the_third_day(rows: object) -> object:
        written.append(rows)
        if len(written) == 3:
            raise Died
        return real(rows)

    with monkeypatch.context() as patched:
        patched.setattr(lake, "tables", until_the_third_day)
        with pytest.raises(Died):
            store.seal(NOW)
    assert len(list((tmp_path / ".opsloop" / "lake").rglob("*.parquet"))) == 2
    assert len(ids(store)) == 100
    store_in(tmp_path).seal(NOW)
    assert len(ids(store)) == 100
    assert not list((tmp_path / ".opsloop" / "lake").rglob(".*"))


def test_a_seal_between_the_snapshot_and_the_listing_hides_and_doubles_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(50), origin="file", now=NOW)
    with store.hot.snapshot() as snapshot:
        store_in(tmp_path).seal(NOW)
        sealed = listing(store.place, store.hot, snapshot)
        table = engine_table(DUCKDB, store.place, sealed, snapshot.rows())
        assert (len(sealed.paths), table.count().execute()) == (3, 50)


def test_receivers_that_share_a_lake_and_got_the_same_events_show_each_once(tmp_path: Path) -> None:
    shared = str(tmp_path / "lake")
    first, second = (store_in(tmp_path / name, lake=shared) for name in ("a", "b"))
    first.append(some(10), origin="webhook", now=NOW)
    second.append(some(15, first=5), origin="webhook", now=NOW + timedelta(seconds=1))
    first.seal(NOW)
    second.seal(NOW)
    for store in (first, second):
        assert len(ids(store)) == 20
        (seventh,) = [one for one in store.read() if one.id == "s00007"]
        assert seventh.received_at == NOW, "the first receipt counts"


def test_retention_forgets_whole_days_and_their_ids(tmp_path: Path) -> None:
    store = store_in(tmp_path, retention_days=2)
    store.append(some(100), origin="file", now=NOW)
    store.seal(NOW)
    kept = store.read()
    assert min(one.at for one in kept) >= datetime(2026, 2, 27, tzinfo=UTC)
    assert store.append(some(100), origin="file", now=NOW).accepted == 100 - len(kept)


def test_a_store_of_a_newer_format_is_refused_and_not_touched(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(1), origin="file", now=NOW)
    store.hot.close()
    with sqlite3.connect(store.hot.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(BadInput, match="newer opsloop"):
        store_in(tmp_path).read()


@pytest.mark.slow
def test_many_processes_write_while_one_seals_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=append_many, args=(tmp_path, 200 * writer)) for writer in range(4)]
    for writer in writers:
        writer.start()
    sealing = store_in(tmp_path)
    while any(writer.is_alive() for writer in writers):
        sealing.seal(NOW)
        time.sleep(0.1)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert len(ids(store_in(tmp_path))) == 900


def test_signals_in_memory_have_the_stores_schema(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(3), origin="file", now=NOW)
    assert from_signals(some(3)).schema() == open_table(store).schema()


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no engine 'polars'"):
        open_table(store_in(tmp_path), Engine(name="polars"))


def test_a_query_that_no_memory_is_left_for_says_which_setting(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(60), origin="file", now=NOW)
    table = open_table(store, Engine(memory_mb=128))
    many = table.cross_join(table.view()).cross_join(table.view())
    with pytest.raises(OutsideFailed, match=r"raise \[engine\] memory_mb in opsloop\.toml"):
        many.agg(all=(many.id + many.id_right + "x" * 2000).collect()).to_pyarrow()


@pytest.mark.parametrize("which", [0, -1])
def test_a_torn_file_in_the_lake_is_named(which: int, tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.append(some(60), origin="file", now=NOW)
    path = tmp_path / ".opsloop" / "lake" / store.seal(NOW).files[which]
    path.write_bytes(path.read_bytes()[:-100])
    for read in (
        store.read,
        lambda: open_table(store).value.sum().to_pyarrow(),
        lambda: open_table(store).value.sum().execute(),
        lambda: open_table(store).cache(),
    ):
        with pytest.raises(OutsideFailed, match=path.name):
            read()
