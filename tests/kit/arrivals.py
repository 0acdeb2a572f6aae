"""A seeded company's signals in the order in which they arrive: late ones, repeated ones, and answers weeks after."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from random_history import random_history

from opsloop.model import Signal

START = datetime(2026, 1, 5, tzinfo=UTC)
SERVICES = ("checkout", "search", "ledger", "mail", None)
MONITORS = ("HighErrorRate", "DiskFull node-7", "SlowQueries", "QueueStuck", None)
LATE_DAYS = (0, 0, 0, 0, 0, 0, 1, 2, 9, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Who fires."""

    service: str | None
    name: str | None
    series: str | None = None


def arrivals(days: int, seed: int = 9) -> list[list[Signal]]:
    """What arrives on each of so many days; nothing arrives before it happened."""
    dice = random.Random(seed)
    arrived = defaultdict[int, list[Signal]](list)
    for number, (told, after_days) in enumerate(_all(dice, days)):
        one = told._replace(id=f"n{number}")
        on = (one.at - START).days + after_days
        arrived[on].append(one)
        if number % 6 == 0:
            arrived[on + dice.choice((0, 1, 5))].append(one)
    return [sorted(arrived[day], key=lambda one: dice.random()) for day in range(days)]


def _all(dice: random.Random, days: int) -> Iterator[tuple[Signal, int]]:
    """Signals, and how many days late each one arrives."""
    for number in range(days * 12):
        yield from _episode(dice, START + timedelta(minutes=dice.randrange(days * 24 * 60)), str(number))
    for day in range(days):
        if dice.random() < 0.2:
            for nth in range(55):
                at = START + timedelta(days=day, minutes=10 + 25 * nth)
                yield _alert(at, "firing", Monitor(service="search", name="Flapping", series=f"{nth}"), "flap"), 0
        yield from _samples(dice, START + timedelta(days=day))
    whole = START + timedelta(days=days)
    for one in random_history(dice.randrange(999), count=days * 15):
        at = whole - timedelta(minutes=dice.randrange(days * 24 * 60))
        yield one._replace(at=at), dice.choice(LATE_DAYS)


def _episode(dice: random.Random, at: datetime, name: str) -> Iterator[tuple[Signal, int]]:
    """A firing, told again for a while; perhaps somebody answers, days later too, perhaps it ends."""
    service, title = dice.choice(SERVICES), dice.choice(MONITORS)
    series = None if dice.random() < 0.3 else f"{service}/{title}/{dice.randrange(3)}"
    monitor = Monitor(service=service, name=title, series=series)
    late = dice.choice(LATE_DAYS)
    for nth in range(dice.choice((1, 1, 2, 5))):
        yield (
            _alert(at + timedelta(hours=dice.choice((4, 23, 25)) * nth), "firing", monitor, name),
            late,
        )
    if dice.random() < 0.4:
        attrs = dice.choice(({}, {"action": "none"}, {"incident": "f1"}))
        told = _alert(at + timedelta(hours=dice.choice((1, 30, 400))), "acknowledged", monitor, name)
        yield told._replace(attrs=attrs), dice.choice(LATE_DAYS)
    if dice.random() < 0.7:
        ends = at + timedelta(minutes=dice.choice((5, 300, 5_000)))
        yield _alert(ends, "resolved", monitor, name), dice.choice(LATE_DAYS)


def _alert(at: datetime, status: str, monitor: Monitor, name: str) -> Signal:
    return Signal(
        id="",
        source="test",
        kind="alert",
        status=status,
        at=at,
        service=monitor.service,
        name=monitor.name,
        severity=f"P{1 + len(name) % 4}",
        fingerprint=monitor.series,
        attrs={"team": f"team-{len(name)}"},
    )


def _samples(dice: random.Random, day: datetime) -> Iterator[tuple[Signal, int]]:
    """Every twenty minutes of two nodes, which are loaded for hours; of a disk and a queue three times a day."""
    for node in ("node-1", "node-2"):
        busy = dice.randrange(72) if dice.random() < 0.4 else 999
        for nth in range(72):
            if dice.random() < 0.95:
                value = 0.95 if busy <= nth < busy + 9 else 0.4
                yield (
                    _sample(day + timedelta(minutes=20 * nth), "cpu", node, value),
                    dice.choice((0, 0, 0, 0, 0, 0, 0, 0, 3)),
                )
    growth = (day - START).days
    for nth in (30, 32, 35):
        at = day + timedelta(minutes=20 * nth)
        yield _sample(at, "disk", "db-1", min(1.0, 0.4 + growth / 150)), 0
        yield _sample(at, "queue_depth", "orders", float(nth % (growth % 7 + 20))), dice.choice(LATE_DAYS)


def _sample(at: datetime, name: str, resource: str, value: float) -> Signal:
    told = {"source": "test", "kind": "sample", "status": "-", "service": "ledger"}
    return Signal(id="", at=at, name=name, value=value, attrs={"resource": resource}, **told)
