"""Any order of deliveries, seals, compactions and deaths, on two stores with one lake: nothing is lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import NOW, signal, store_in

from opsloop.signals import Store, lake
from opsloop.signals.compaction import Compaction
from opsloop.signals.table import open_table

SEAL_STEPS = ("_begin", "_write", "_commit", "_sweep")
COMPACTION_STEPS = ("_merge", "_delete_replaced")


class Died(BaseException):
    """Stands for the end of the process."""


def dies(holder: Any, step: str, *, after: bool, work: Callable[..., object], now: datetime) -> None:
    """Do the work as of ``now``; the process ends before or after the step, where it comes to it."""
    real = getattr(holder, step)

    def dying(*words: Any, **more: Any) -> None:
        if after:
            real(*words, **more)
        raise Died

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(holder, step, dying)
        with suppress(Died):
            work(now)


which = st.integers(0, 1)
events = st.lists(st.integers(0, 60), min_size=1, max_size=6)
actions = st.one_of(
    st.tuples(st.just("append"), which, events),
    st.tuples(st.just("seal"), which),
    st.tuples(st.just("seal, dying"), which, st.sampled_from(SEAL_STEPS), st.booleans()),
    st.tuples(st.just("compact"), which, st.booleans()),
    st.tuples(st.just("compact, dying"), which, st.sampled_from(COMPACTION_STEPS), st.booleans()),
    st.tuples(st.just("wait"), which, st.integers(1, 30)),
)


@pytest.mark.slow
@given(history=st.lists(actions, min_size=3, max_size=25), single=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_in_whatever_order(
    history: list[tuple[Any, ...]], single: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("lake")
    stores = [store_in(root / name, lake=str(root / "lake")) for name in ("a", "b")]
    told: list[set[str]] = [set(), set()]
    now = NOW
    for name, number, *rest in history:
        at = 0 if single and name == "append" else number
        store = stores[at]
        match name, *rest:
            case "append", list(numbers):
                arrived = [signal(one) for one in numbers]
                store.append(arrived, origin="webhook", now=now)
                told[at] |= {one.id for one in arrived}
            case ("seal",):
                store.seal(now)
            case "seal, dying", step, after:
                dies(lake, step, after=after, work=store.seal, now=now)
            case "compact", only_own:
                store.compact(now, only_own=only_own)
            case "compact, dying", step, after:
                dies(Compaction, step, after=after, work=store.compact, now=now)
            case "wait", hours:
                now += timedelta(hours=hours)
        check(stores, told)


def check(stores: list[Store], told: list[set[str]]) -> None:
    """Each store sees all that it was told, and of the other's nothing twice and nothing made up."""
    for store, own in zip(stores, told, strict=True):
        read = open_table(store).id.to_pyarrow().to_pylist()
        assert len(read) == len(set(read))
        assert own <= set(read) <= set().union(*told)


@pytest.mark.slow
def test_after_both_sealed_each_sees_all(tmp_path: Path) -> None:
    stores = [store_in(tmp_path / name, lake=str(tmp_path / "lake")) for name in ("a", "b")]
    for turn, store in enumerate(stores * 3):
        store.append([signal(number) for number in range(turn * 5, turn * 5 + 12)], origin="webhook", now=NOW)
        store.seal(NOW)
        stores[0].compact(NOW)
    for store in stores:
        assert open_table(store).count().execute() == 37
