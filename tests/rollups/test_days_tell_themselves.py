"""Each day of a daily relation follows from that day and the few around it, whatever else is stored."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from arrivals import START, arrivals

from opsloop.config import Hours
from opsloop.detect import kinds_by_day
from opsloop.detect.unusable import lacking
from opsloop.detectors.openings import firings, opened_days, openings, told_days
from opsloop.detectors.queue_growth import queues
from opsloop.detectors.saturation import loaded
from opsloop.metrics.sharing import Daily
from opsloop.model import Signal
from opsloop.signals.table import from_signals

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 12
RATIOS = (("cpu", 0.85), ("memory", 0.9), ("disk", 0.45), ("connection_pool", 0.8))
CHOICES = {loaded: {"ratios": RATIOS, "hours": Hours(), "now": NOW}}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "relation",
    [kinds_by_day, openings, opened_days, told_days, firings, loaded, queues, lacking],
    ids=lambda one: one.relation.__name__,
)
def test_a_day_needs_only_the_days_around_it(relation: Daily, seed: int) -> None:
    signals = [one for arrived in arrivals(DAYS, seed) for one in arrived]
    signals = list({one.id: one for one in signals}.values())
    whole = rows(relation, signals)
    assert whole
    for number in random.Random(seed).sample(range(DAYS), 4):
        day = START + timedelta(days=number)
        first, end = day - timedelta(days=relation.before), day + timedelta(days=1 + relation.after)
        around = rows(relation, [one for one in signals if first <= one.at < end])
        assert of_day(relation, around, day.date()) == of_day(relation, whole, day.date())


def rows(relation: Daily, signals: list[Signal]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = relation(from_signals(signals), **CHOICES.get(relation, {})).to_pyarrow().to_pylist()
    return sorted(found, key=repr)


def of_day(relation: Daily, found: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    return [row for row in found if str(row[relation.on])[:10] == day.isoformat()]
