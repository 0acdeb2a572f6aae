"""Detectors that are asked as of each day judge many days in one query, and say of each what they say when asked on that day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from random_history import NOW as NOW_OF_RANDOM
from random_history import random_history

from opsloop import detectors
from opsloop.config import Settings
from opsloop.metrics.moments import as_of_each
from opsloop.metrics.relations import known
from opsloop.model import Signal
from opsloop.signals.backend import LakeBackend
from opsloop.signals.table import from_signals
from opsloop.verbs.backtest import backtest
from opsloop.verbs.replay import AT_ONCE
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AT_ONCE_ONES = [name for name in detectors.names() if detectors.load(name).rule.at_once]


def history(seed: int = 1) -> Iterator[Signal]:
    """Half a year: deployments get rarer and fail, one person carries the incidents, some stay open, an SLO is missed."""
    dice = random.Random(seed)
    for number in range(180):
        at = NOW - (180 - number) * DAY + dice.random() * DAY
        late = number > 110
        told = {"source": "x", "service": dice.choice(("checkout", "search")), "environment": "production"}
        if not late or number % 4 == 0:
            for part in range(2):
                commit = at - timedelta(hours=50 if late else 2)
                yield Signal(
                    id=f"d{number}-{part}",
                    kind="deployment",
                    status=dice.choice(("succeeded", "succeeded", "succeeded", "failed")),
                    at=at + part * timedelta(hours=1),
                    fingerprint=f"d{number}-{part}",
                    attrs={"first_commit_at": commit.isoformat(), "unplanned": dice.choice(("true", "false"))},
                    **told,
                )
        if dice.random() < (0.8 if late else 0.2):
            named = {"deployment": f"d{number}-0"} if dice.random() < 0.5 else {}
            attrs = {"responder": "ana" if late else dice.choice(("ana", "ben")), "pattern_key": "pool"} | named
            one = {
                "kind": "incident",
                "name": "Pool",
                "severity": "P1",
                "fingerprint": f"i{number}",
                "attrs": attrs,
            } | told
            yield Signal(id=f"i{number}", status="detected", at=at + timedelta(hours=2), **one)
            if number % 9:
                yield Signal(id=f"r{number}", status="resolved", at=at + dice.random() * 4 * DAY, **one)
        counts = {"good": str(dice.randrange(80, 100) if late else 100), "total": "100", "objective": "0.9"}
        yield Signal(id=f"s{number}", kind="sli", status="-", name="availability", at=at, attrs=counts, **told)


def found(name: str, signals: list[Signal], ends: list[datetime]) -> tuple[list[object], list[object]]:
    """Sorted rows of one query for all moments, and of one for each."""
    table, detector = from_signals(signals), detectors.load(name)
    asked = {"now": ends[-1], "settings": Settings()}
    at_once = detector.detect(as_of_each(table, ends), **asked).drop("as_of").to_pyarrow().to_pylist()
    one_by_one = [
        row
        for end in ends
        for row in detector.detect(known(table, end), now=end, settings=Settings()).to_pyarrow().to_pylist()
    ]
    return sorted(map(written, at_once)), sorted(map(written, one_by_one))


def written(row: dict[str, object]) -> str:
    """A row as text; a mean's last digits depend on the order in which the engine adds."""
    return str({name: f"{value:.9g}" if isinstance(value, float) else value for name, value in row.items()})


def test_the_expensive_ones_can() -> None:
    assert {"dora_regression", "responder_concentration", "slo_breach", "stale_incident"} <= set(AT_ONCE_ONES)


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_ONCE_ONES)
def test_each_day_is_judged_as_on_that_day(name: str) -> None:
    at_once, one_by_one = found(name, list(history()), [NOW - back * DAY for back in range(40, -1, -5)])
    assert at_once == one_by_one != []


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_ONCE_ONES)
@pytest.mark.parametrize("seed", range(2))
def test_in_any_history(name: str, seed: int) -> None:
    ends = [NOW_OF_RANDOM - back * DAY for back in (20, 9, 2, 0)]
    at_once, one_by_one = found(name, random_history(seed), ends)
    assert at_once == one_by_one


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_ONCE_ONES)
def test_more_days_are_no_more_queries(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace(tmp_path_factory.mktemp("replay"), NOW)
    ws.store.append(list(history())[:40], origin="test", now=NOW)
    asked: list[object] = []
    answer = LakeBackend.to_pyarrow

    def counted(self: LakeBackend, expression: object, **options: object) -> object:
        asked.append(expression)
        return answer(self, expression, **options)

    monkeypatch.setattr(LakeBackend, "to_pyarrow", counted)

    def queries(days: int) -> int:
        asked.clear()
        backtest(ws, detector=name, days=days)
        return len(asked)

    assert queries(1) == queries(AT_ONCE - 1)
