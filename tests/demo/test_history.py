"""The demo company's ninety days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsloop.demo import DAYS, history
from opsloop.model import KINDS, Signal

END = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def signals() -> list[Signal]:
    return history(END)


def test_equal_ends_make_equal_histories(signals: list[Signal]) -> None:
    assert history(END) == signals


def test_it_is_a_few_thousand_signals_of_every_common_kind(signals: list[Signal]) -> None:
    assert 5_000 < len(signals) < 20_000
    assert {signal.kind for signal in signals} >= KINDS.keys() - {"pipeline", "event", "command"}
    assert len({signal.service for signal in signals}) == 11


def test_ids_are_unique_and_the_form_is_version_1(signals: list[Signal]) -> None:
    assert len({signal.id for signal in signals}) == len(signals)
    for signal in signals:
        assert Signal.from_json(signal.as_json()).id == signal.id


def test_it_is_in_order_and_lies_in_the_ninety_days(signals: list[Signal]) -> None:
    times = [signal.at for signal in signals]
    assert times == sorted(times)
    assert END - timedelta(days=DAYS + 2) < times[0]
    assert times[-1] < END
