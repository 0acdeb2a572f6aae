"""An event delivered again is a duplicate, whether its id is in the index yet or not, and whoever stored it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import NOW, some, store_in

from opsloop.signals import Store, hot
from opsloop.signals.hot import HotStore
from opsloop.signals.rows import row_of
from opsloop.signals.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.signals.hot import Row


def rows(count: int, first: int = 0) -> list[Row]:
    return [row_of(one, origin="x", received_at=0) for one in some(count, first)]


def indexed(store: HotStore) -> int:
    return int(store.writer().execute("SELECT count(*) FROM seen").fetchone()[0])


def test_a_group_is_stored_before_its_ids_are_in_the_index(tmp_path: Path) -> None:
    store = HotStore(str(tmp_path / "hot.sqlite"))
    assert store.append_groups([rows(20)]) == [20]
    assert (indexed(store), store.tail_rows) == (0, 20)
    assert store.append_groups([rows(25)]) == [5]
    store.index(10)
    assert (indexed(store), store.tail_rows) == (10, 15)
    assert store.append_groups([rows(25), rows(30)]) == [0, 5]
    store.index(1000)
    assert (indexed(store), store.tail_rows) == (30, 0)
    assert store.append_groups([rows(31)]) == [1]


def test_what_another_process_stores_and_indexes_is_known(tmp_path: Path) -> None:
    one, other = (HotStore(str(tmp_path / "hot.sqlite")) for _ in range(2))
    assert one.append_groups([rows(10)]) == [10]
    assert other.append_groups([rows(20)]) == [10]
    other.index(5)
    assert one.append_groups([rows(30)]) == [10]
    one.index(100)
    assert other.append_groups([rows(40)]) == [10]
    assert one.append_groups([rows(40)]) == [0]


def test_many_rows_of_a_file_are_indexed_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "_TAIL_ROWS", 10)
    monkeypatch.setattr(hot, "_INDEX_ROWS", 8)
    store = HotStore(str(tmp_path / "hot.sqlite"))
    assert store.append(rows(10)) == 10
    assert indexed(store) == 0
    assert store.append(rows(12)) == 2
    assert indexed(store) == 8


def test_an_append_that_fails_is_forgotten_whole(tmp_path: Path) -> None:
    store = HotStore(str(tmp_path / "hot.sqlite"))
    store.append_groups([rows(5)])
    broken = (*rows(1, first=6)[0][:3], None, *rows(1, first=6)[0][4:])
    with pytest.raises(sqlite3.IntegrityError):
        store.append_groups([[*rows(1, first=5), broken]])
    assert store.append_groups([rows(7)]) == [2]


def test_retention_keeps_the_ids_of_what_is_not_sealed(tmp_path: Path) -> None:
    store = store_in(tmp_path, retention_days=1)
    store.append(some(3), origin="file", now=NOW)
    store.append(some(3, first=100), origin="file", now=NOW)
    store.hot.index(100)
    with store.hot.snapshot() as snapshot:
        assert snapshot.count() == 6
    store.seal(NOW, older_than=timedelta(days=9000))
    assert store.append(some(3, first=100), origin="file", now=NOW).accepted == 0


def test_ids_stay_known_when_their_rows_are_sealed_before_they_are_indexed(tmp_path: Path) -> None:
    one, other = store_in(tmp_path), store_in(tmp_path)
    assert one.hot.append_groups([rows(10)]) == [10]
    other.seal(NOW)
    assert one.hot.append_groups([rows(12)]) == [2]
    assert other.hot.append_groups([rows(12)]) == [0]
    one.hot.index(100)
    assert other.hot.append_groups([rows(13)]) == [1]


def test_an_idle_writer_lets_the_index_catch_up(tmp_path: Path) -> None:
    store = store_in(tmp_path)

    async def write_and_idle() -> None:
        writer = GroupWriter(store)
        await writer.write(rows(50))
        ends = time.monotonic() + 10
        while store.hot.tail_rows and time.monotonic() < ends:  # noqa: ASYNC110 - nothing tells when it is done
            await asyncio.sleep(0.02)
        await writer.close()

    asyncio.run(write_and_idle())
    assert indexed(HotStore(store.hot.path)) == 50


def test_writes_that_are_ready_together_share_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of few rows cost a trip to the disk each, and several times the processor time a row."""
    store = store_in(tmp_path)
    take = store.hot.take
    transactions: list[int] = []

    def counted(groups: Sequence[Sequence[Row]]) -> list[int]:
        transactions.append(len(groups))
        return take(groups)

    monkeypatch.setattr(store.hot, "take", counted)
    writer = GroupWriter(store)

    async def together() -> list[int]:
        try:
            return await asyncio.gather(*(writer.write(rows(20, first=20 * number)) for number in range(16)))
        finally:
            await writer.close()

    assert asyncio.run(together()) == [20] * 16
    assert transactions == [16]


STEPS = st.lists(st.tuples(st.sampled_from(["one", "other", "index"]), st.sets(st.integers(0, 30))), max_size=12)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_each_id_is_accepted_once_in_any_order_of_writers_and_indexing(
    steps: list[tuple[str, set[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("store")
    stores: dict[str, Store] = {"one": store_in(root), "other": store_in(root)}
    stored: set[int] = set()
    for who, numbers in steps:
        if who == "index":
            stores["one"].hot.index(len(numbers))
        else:
            group = [row for number in sorted(numbers) for row in rows(1, first=number)]
            assert stores[who].hot.append_groups([group]) == [len(numbers - stored)]
            stored |= numbers
    assert sorted(one.id for one in stores["one"].read()) == [f"s{number:05}" for number in sorted(stored)]
