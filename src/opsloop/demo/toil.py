"""Toil: certificates renewed by hand across fifteen endpoints, a consumer restarted again and again, heavy shifts."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from opsloop.demo.company import signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.demo.calendar import Calendar
    from opsloop.model import Signal

SHIFT = timedelta(hours=12)


def tell(calendar: Calendar) -> Iterator[Signal]:
    """Every shift and every hands-on repair of the ninety days."""
    return chain(_shifts(calendar), _certificates(calendar), _restarts(calendar))


def _shifts(calendar: Calendar) -> Iterator[Signal]:
    """The platform team's day shifts, week about."""
    for day in range(calendar.days):
        ended = calendar.at(day, 20)
        attrs = {"engineer": _on_call(calendar, ended)}
        yield signal("shift", "ended", ended, "ingress", f"shift-{day}", duration_s=SHIFT.total_seconds(), attrs=attrs)


def _certificates(calendar: Calendar) -> Iterator[Signal]:
    """Fifteen certificates, renewed over four shifts each month: twelve hours a round."""
    for month, days in enumerate(((10, 11, 12, 13), (40, 41, 42, 43), (70, 71, 72, 73))):
        for number in range(15):
            done = calendar.at(days[number % 4], 9 + (number // 4) * 1.6)
            key = f"renew-certificate-{month}-{number}"
            yield _by_hand(calendar, done, key, name="renew TLS certificate", service="ingress", minutes=48)


def _restarts(calendar: Calendar) -> Iterator[Signal]:
    """The event bus consumer is restarted whenever it hangs; once its dead letters filled a whole shift."""
    for number, (done, _) in enumerate(calendar.spells(range(calendar.days), 0.5, 15)):
        key = f"restart-consumer-{number}"
        yield _by_hand(calendar, done, key, name="restart consumer", service="event-bus", minutes=15)
    for number in range(16):
        done, key = calendar.at(27, 8.5 + number * 0.7), f"replay-{number}"
        yield _by_hand(calendar, done, key, name="replay dead letters", service="event-bus", minutes=30)


def _by_hand(calendar: Calendar, done: datetime, key: str, *, name: str, service: str, minutes: int) -> Signal:
    attrs = {"manual": "true", "engineer": _on_call(calendar, done)}
    if "certificate" in name:
        attrs["rotates"] = "certificate"
    return signal("remediation", "done", done, service, key, name=name, duration_s=minutes * 60.0, attrs=attrs)


def _on_call(calendar: Calendar, at: datetime) -> str:
    return "Ilse" if ((at - calendar.first).days // 7) % 2 else "Tomás"
