"""Many callers, one writer: the loop never waits for the disk or for others, and a failure is told to whom it met."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from stores import some, store_in

from opsloop.errors import OpsloopError
from opsloop.signals.rows import row_of
from opsloop.signals.writer import GROUP_ROWS, GroupWriter

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.signals.hot import Row


def rows(count: int, first: int = 0) -> list[Row]:
    return [row_of(one, origin="x", received_at=0) for one in some(count, first)]


def test_the_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.hot.append(rows(1))
    other = sqlite3.connect(store.hot.path, isolation_level=None)

    async def write() -> tuple[int, int]:
        writer = GroupWriter(store)
        other.execute("BEGIN IMMEDIATE")
        under_way = asyncio.create_task(writer.write(rows(3)))
        turns = 0
        for _ in range(20):
            await asyncio.sleep(0.01)
            turns += not under_way.done()
        other.execute("ROLLBACK")
        new = await under_way
        await writer.close()
        return new, turns

    assert asyncio.run(write()) == (2, 20)
    other.close()


def test_a_failure_is_told_to_its_callers_and_to_nobody_else(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    good = rows(2)
    stray = rows(1, first=9)[0]
    broken = (*stray[:3], None, *stray[4:])

    async def write() -> list[int | BaseException]:
        writer = GroupWriter(store)
        together = await asyncio.gather(writer.write(good), writer.write([broken]), return_exceptions=True)
        again = await writer.write(good)
        assert writer.waiting_rows == 0
        await writer.close()
        return [*together, again]

    one, other, again = asyncio.run(write())
    assert isinstance(one, OpsloopError)
    assert other is one
    assert again == 2


@pytest.mark.parametrize("size", [1, GROUP_ROWS, 5 * GROUP_ROWS])
def test_callers_beyond_a_full_group_are_in_the_next(tmp_path: Path, size: int) -> None:
    async def write() -> list[int]:
        writer = GroupWriter(store_in(tmp_path))
        counts = await asyncio.gather(*(writer.write(rows(size, first=size * number)) for number in range(3)))
        await writer.close()
        return counts

    assert asyncio.run(write()) == [size] * 3


def test_writes_go_on_while_the_index_catches_up(tmp_path: Path) -> None:
    store = store_in(tmp_path)

    async def write() -> list[int]:
        writer, counts = GroupWriter(store), []
        for number in range(12):
            counts.append(await writer.write(rows(10, first=10 * number)))
            await asyncio.sleep(0.05 * (number % 6))
        await writer.close()
        return counts

    assert asyncio.run(write()) == [10] * 12
    assert len(store.read()) == 120
