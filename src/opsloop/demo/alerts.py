"""Alerts: a monitor that cries wolf, a pattern that gets fixed, a fix that changes nothing, and the usual rest."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from opsloop.demo.company import ENGINEERS, TEAM_OF, episode, signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from opsloop.demo.calendar import Calendar
    from opsloop.model import Signal

FIX_DAY = 48
"""The day on which consumers of the event bus got partitions of their own, and search its retry budget."""


def tell(calendar: Calendar) -> Iterator[Signal]:
    """Every alert of the ninety days."""
    return chain(_noise(calendar), _backlog(calendar), _slow_search(calendar), _shrugged_off(calendar), _rest(calendar))


def _noise(calendar: Calendar) -> Iterator[Signal]:
    """DiskLatencyHigh on the warehouse: sixty and more episodes on load days, and nobody acts on any."""
    for day in range(calendar.days):
        for fired, lasts in calendar.spells(range(day, day + 1), 75 if day % 9 == 4 else 5, 3):
            yield from episode("DiskLatencyHigh", "warehouse", fired, lasts, "P4")


def _backlog(calendar: Calendar) -> Iterator[Signal]:
    """EventBusBacklog: twice a day until the fix, rare since."""
    for days, per_day in ((range(FIX_DAY), 2.0), (range(FIX_DAY, calendar.days), 0.35)):
        for fired, lasts in calendar.spells(days, per_day, 25):
            yield from _answered("EventBusBacklog", "event-bus", fired, lasts, calendar, severity="P2")


def _slow_search(calendar: Calendar) -> Iterator[Signal]:
    """SearchLatencyHigh: as frequent after the retry change as before it."""
    for fired, lasts in calendar.spells(range(calendar.days), 1.4, 18):
        yield from _answered("SearchLatencyHigh", "search", fired, lasts, calendar)


def _shrugged_off(calendar: Calendar) -> Iterator[Signal]:
    """CertificateExpiresSoon: acknowledged, with the note that nothing was done."""
    for fired, lasts in calendar.spells(range(20, calendar.days), 0.15, 60):
        yield from _answered("CertificateExpiresSoon", "ingress", fired, lasts, calendar, action="none")


def _rest(calendar: Calendar) -> Iterator[Signal]:
    """A background of alerts that come and go everywhere."""
    for service in TEAM_OF:
        for fired, lasts in calendar.spells(range(calendar.days), 0.05, 20):
            yield from _answered("HighErrorRate", service, fired, lasts, calendar, severity="P2")


def _answered(
    monitor: str,
    service: str,
    fired: datetime,
    lasts: timedelta,
    calendar: Calendar,
    *,
    severity: str = "P3",
    **attrs: str,
) -> Iterator[Signal]:
    """An episode that somebody of the team acknowledges a quarter in."""
    yield from episode(monitor, service, fired, lasts, severity)
    engineer = calendar.random.choice(ENGINEERS[TEAM_OF[service]])
    yield signal(
        "alert",
        "acknowledged",
        (fired + lasts / 4).replace(microsecond=0),
        service,
        f"{monitor}/{service}",
        source="alertmanager",
        name=monitor,
        severity=severity,
        summary=f"{monitor} on {service} acknowledged",
        attrs={"engineer": engineer, **attrs},
    )
