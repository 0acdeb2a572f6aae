"""Many files become few while others seal, read and compact, and may die at any step: each signal stays there, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from stores import NOW, signal, some, store_in

from opsloop.errors import BadInput, OutsideFailed
from opsloop.signals import Store, lake
from opsloop.signals.compaction import Compaction
from opsloop.signals.engines import engine_table
from opsloop.signals.listing import LakeFile, listing
from opsloop.signals.table import open_table

LATER = NOW + timedelta(hours=25)
pytestmark = pytest.mark.slow


class Died(BaseException):
    """Stands for the end of the process."""


def ids(store: Store) -> list[str]:
    """What a table's reader sees; equal to what ``read`` sees."""
    from_table = sorted(open_table(store).id.to_pyarrow().to_pylist())
    assert sorted(one.id for one in store.read()) == from_table
    return from_table


def in_many_files(root: Path, *, lake: str = ".opsloop/lake", first: int = 0) -> Store:
    """A store with 60 signals of three days in twelve files."""
    store = store_in(root, lake=lake)
    for turn in range(4):
        store.append([signal(first + 4 * n + turn) for n in range(15)], origin="file", now=NOW)
        store.seal(NOW + timedelta(minutes=turn))
    return store


def test_a_day_of_many_files_becomes_one_with_the_same_signals(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    before = store.read()
    done = store.compact(NOW)
    assert (len(done.merged), len(done.files), len(done.deleted)) == (12, 3, 0)
    assert store.read() == before
    with store.hot.snapshot() as snapshot:
        sealed = listing(store.place, store.hot, snapshot)
    assert sealed.paths == tuple(sorted(done.files))
    assert sealed.disjoint, "one store's own merges need no look at every id"


def test_a_second_compaction_finds_nothing_to_do(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    store.compact(NOW)
    assert store.compact(NOW).files == ()


def test_replaced_files_stay_for_readers_that_listed_them_and_go_afterwards(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    table = open_table(store)
    store.compact(NOW)
    assert table.count().execute() == 60
    assert store.compact(NOW + timedelta(hours=23)).deleted == ()
    assert table.count().execute() == 60
    assert len(store.compact(LATER).deleted) == 12
    assert len(store.place.paths()) == 3
    assert len(ids(store)) == 60


def test_late_signals_stand_beside_the_merged_file_until_there_are_enough(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    store.compact(NOW)
    for turn in range(3):
        store.append(some(1, first=100 + turn), origin="webhook", now=LATER)
        store.append([signal(200 + turn, at=NOW - timedelta(hours=1))], origin="webhook", now=LATER)
        store.seal(LATER)
        assert len(ids(store)) == 62 + 2 * turn
    assert store.compact(LATER, min_files=5).files == ()
    assert any("day=2026-03-01" in path for path in store.compact(LATER, min_files=4).files)
    assert len(ids(store)) == 66


def test_a_redelivery_after_a_compaction_is_still_a_duplicate(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    store.compact(NOW)
    assert store.append(some(60), origin="webhook", now=LATER).accepted == 0


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["_merge", "_delete_replaced"])
def test_a_compaction_that_dies_between_its_steps_changes_nothing_that_is_read(
    step: str, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = in_many_files(tmp_path)
    store.compact(NOW)
    store.append(some(4, first=100) + some(3, first=200), origin="file", now=NOW)
    store.append([signal(300, at=NOW)], origin="file", now=NOW)
    store.seal(NOW)
    real = getattr(Compaction, step)

    def dying(*words: object, **more: object) -> object:
        if moment == "after":
            real(*words, **more)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(Compaction, step, dying)
        with pytest.raises(Died):
            store.compact(LATER)
    assert len(ids(store_in(tmp_path))) == 68
    store_in(tmp_path).compact(LATER)
    store_in(tmp_path).compact(LATER + timedelta(hours=25))
    assert len(ids(store_in(tmp_path))) == 68


def test_a_merge_that_dies_while_it_writes_leaves_no_file_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = in_many_files(tmp_path)

    def half(*_: object) -> object:
        raise Died
        yield

    with monkeypatch.context() as patched:
        patched.setattr("opsloop.signals.engines.sealed_rows", half)
        with pytest.raises(Died):
            store.compact(NOW)
    assert len(store.place.paths()) == 12
    assert len(ids(store)) == 60


def test_two_compactions_at_once_leave_one_file_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = str(tmp_path / "lake")
    store, other = in_many_files(tmp_path / "a", lake=shared), store_in(tmp_path / "b", lake=shared)
    real, begun = Compaction._merge, list[str]()

    def beside(self: Compaction, *words: object) -> str:
        if not begun:
            begun.append("one merge of the first, and all of the second before it")
            other.compact(NOW)
        return real(self, *words)

    with monkeypatch.context() as patched:
        patched.setattr(Compaction, "_merge", beside)
        store.compact(NOW)
    assert len(store.place.paths()) == 12 + 3 + 3
    assert len(ids(store)) == 60
    assert len(ids(other)) == 60
    store.compact(LATER)
    assert len(store.place.paths()) == 3
    assert len(ids(store)) == 60


def test_merges_that_overlap_are_read_once_and_merged_again(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    groups: dict[str, list[LakeFile]] = {}
    for file in map(LakeFile.of, store.place.paths()):
        groups.setdefault(file.day, []).append(file)
    one = Compaction(maker="abc", now=NOW, keep=timedelta(0))
    for files in groups.values():
        held = {file: frozenset({file.name}) for file in files}
        one._merge(store.place, files[:3], held)
        one._merge(store.place, files[1:], held)
    with store.hot.snapshot() as snapshot:
        assert not listing(store.place, store.hot, snapshot).disjoint
    assert len(ids(store)) == 60
    store.compact(NOW)
    store.compact(LATER)
    assert len(store.place.paths()) == 3
    assert len(ids(store)) == 60


def test_a_seal_cut_off_and_compacted_by_another_store_counts_once_and_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = str(tmp_path / "lake")
    store = in_many_files(tmp_path / "a", lake=shared)
    store.append(some(30, first=60), origin="file", now=NOW)

    def dying(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(lake, "_commit", dying)
        with pytest.raises(Died):
            store.seal(NOW)
    other = store_in(tmp_path / "b", lake=shared, keep_replaced_hours=0)
    for _ in range(2):
        other.compact(NOW)
    assert len(ids(store)) == 90, "the other's files hold the rows of the seal that was cut off"
    assert len(ids(other)) == 90
    store.compact(NOW)
    assert len(ids(store)) == 90
    assert store.append(some(90), origin="file", now=NOW).accepted == 0


def test_events_that_another_store_sealed_and_this_one_still_holds_are_read_once(tmp_path: Path) -> None:
    shared = str(tmp_path / "lake")
    in_many_files(tmp_path / "a", lake=shared)
    store = store_in(tmp_path / "b", lake=shared)
    store.append(some(70), origin="webhook", now=NOW)
    assert len(ids(store)) == 70


def test_a_compaction_and_deletion_between_the_list_and_the_reading_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = in_many_files(tmp_path), store_in(tmp_path, keep_replaced_hours=0)
    real, beaten = engine_table, list[int]()

    def late(*words: object) -> object:
        if not beaten:
            beaten.append(len(other.compact(NOW).files))
            other.compact(NOW)
        return real(*words)

    monkeypatch.setattr("opsloop.signals.table.engine_table", late)
    assert open_table(store).count().execute() == 60
    assert beaten == [3]


def test_after_a_restore_from_backup_a_seal_with_compaction_makes_one_of_two(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    store.append(some(30, first=100), origin="file", now=NOW)
    store.hot.close()
    backup = Path(store.hot.path).read_bytes()
    store.seal(NOW)
    store.hot.close()
    for leftover in (tmp_path / ".opsloop").glob("signals.sqlite-*"):
        leftover.unlink()
    Path(store.hot.path).write_bytes(backup)
    restored = store_in(tmp_path)
    restored.append(some(5, first=200), origin="file", now=LATER)
    restored.seal(LATER)
    restored.compact(LATER)
    assert len(ids(restored)) == 95
    assert restored.append(some(30, first=100), origin="file", now=LATER).accepted == 0


def test_only_own_files_are_merged_when_so_asked(tmp_path: Path) -> None:
    shared = str(tmp_path / "lake")
    in_many_files(tmp_path / "a", lake=shared)
    store = in_many_files(tmp_path / "b", lake=shared, first=1000)
    with store.hot.snapshot() as snapshot:
        own = snapshot.store
    assert {LakeFile.of(path).store for path in store.compact(NOW, only_own=True).files} == {own}
    assert len(store.compact(NOW).files) == 3, "and those of the other when not"


def test_drafts_of_dead_processes_are_cleared_away(tmp_path: Path) -> None:
    import os

    store = in_many_files(tmp_path)
    day = tmp_path / ".opsloop" / "lake" / "day=2026-03-01"
    old, young = day / ".x.parquet.12", day / ".y.parquet.13"
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    store.compact(NOW)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_strange_file_in_the_lake_is_named(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    (tmp_path / ".opsloop" / "lake" / "day=2026-03-01" / "export.parquet").write_bytes(b"")
    with pytest.raises(OutsideFailed, match=r"export\.parquet"):
        store.read()


def test_a_merged_file_that_is_torn_is_named(tmp_path: Path) -> None:
    store = in_many_files(tmp_path)
    (path, *_) = store.compact(NOW).files
    (tmp_path / ".opsloop" / "lake" / path).write_bytes(b"PAR1")
    with pytest.raises(OutsideFailed, match=Path(path).name):
        store.read()


def test_settings_below_zero_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="keep_replaced_hours"):
        store_in(tmp_path, keep_replaced_hours=-1)
