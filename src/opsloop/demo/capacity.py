"""Capacity and objectives: a disk that fills, a CPU that runs hot, a queue without readers, a burnt budget."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from opsloop.demo.company import signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.demo.calendar import Calendar
    from opsloop.model import Signal

OBJECTIVES = {"checkout-availability": ("checkout", "0.999"), "search-availability": ("search", "0.995")}


def tell(calendar: Calendar) -> Iterator[Signal]:
    """Every sample and every SLI interval of the ninety days."""
    return chain(_disk(calendar), _cpu(calendar), _pool(calendar), _queue(calendar), _objectives(calendar))


def _disk(calendar: Calendar) -> Iterator[Signal]:
    """warehouse:/data grows by half a percent of the disk a day."""
    for day in range(calendar.days):
        for hour in (0, 6, 12, 18):
            level = 0.42 + 0.005 * (day + hour / 24) + calendar.random.gauss(0, 0.004)
            at = calendar.at(day, hour)
            yield _sample(at, "warehouse", "disk", level, "warehouse:/data")


def _cpu(calendar: Calendar) -> Iterator[Signal]:
    """search-1 is quiet, but for one afternoon over the limit."""
    for day in range(calendar.days - 3, calendar.days):
        for minute in range(0, 24 * 60, 10):
            hot = day == calendar.days - 2 and 14 * 60 <= minute <= 15 * 60
            level = 0.93 if hot else 0.45 + calendar.random.gauss(0, 0.05)
            yield _sample(calendar.at(day, minute / 60), "search", "cpu", level, "search-1")


def _pool(calendar: Calendar) -> Iterator[Signal]:
    """orders-db's pool is over its limit in the middle of the working day."""
    for day in range(calendar.days - 5, calendar.days):
        for hour in range(24):
            level = 0.87 if hour in (10, 11) and calendar.weekday(day) else 0.35 + calendar.random.gauss(0, 0.04)
            yield _sample(calendar.at(day, hour), "orders-db", "connection_pool", level, "orders-db/primary")


def _queue(calendar: Calendar) -> Iterator[Signal]:
    """The queue 'orders.created' grows for five hours while its consumers stay three."""
    day = calendar.days - 1
    for step in range(20):
        at = calendar.at(day, 1 + step / 4)
        yield _sample(at, "event-bus", "queue_depth", 200.0 + 450 * step, "orders.created")
        yield _sample(at, "event-bus", "consumers", 3.0, "orders.created")


def _sample(at: datetime, service: str, name: str, value: float, resource: str) -> Signal:
    return signal(
        "sample",
        "-",
        at,
        service,
        f"{resource}/{name}",
        source="prometheus",
        name=name,
        value=round(value, 4),
        attrs={"resource": resource},
    )


def _objectives(calendar: Calendar) -> Iterator[Signal]:
    """Half-hourly counts; checkout burns four tenths of its month in one night."""
    for slo, (service, objective) in OBJECTIVES.items():
        for half_hour in range((calendar.days - 35) * 48, calendar.days * 48):
            day, hour = divmod(half_hour / 2, 24)
            total = 20_000
            bad_night = service == "checkout" and day == calendar.days - 7 and 2 <= hour < 5
            share = 0.012 if bad_night else (1 - float(objective)) * 0.3 * calendar.random.uniform(0.5, 1.2)
            good = total - round(total * share)
            yield signal(
                "sli",
                "-",
                calendar.at(day, hour),
                service,
                slo,
                source="prometheus",
                name=slo,
                attrs={"good": str(good), "total": str(total), "objective": objective},
            )
