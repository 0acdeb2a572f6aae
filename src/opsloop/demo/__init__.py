"""Ninety days at Tidewater Books, a fictional online bookshop: the history behind ``opsloop demo``.

Seeded and relative to the day it ends on, so that every run tells the same story. ``history`` yields the signals
in the order they happened; the stories planted in them are one function each, beside what they are about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.demo import alerts, capacity, delivery, incidents, toil
from opsloop.demo.calendar import Calendar

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.model import Signal

DAYS = 90
_CHAPTERS = (alerts.tell, incidents.tell, delivery.tell, toil.tell, capacity.tell)


def history(end: datetime) -> list[Signal]:
    """All signals of the ninety days before ``end`` (UTC), oldest first."""
    signals = [signal for chapter in _CHAPTERS for signal in chapter(Calendar(end, days=DAYS, seed=chapter.__module__))]
    return sorted((signal for signal in signals if signal.at < end), key=lambda signal: (signal.at, signal.id))


def settings() -> str:
    """The company's ``opsloop.toml``."""
    return _SETTINGS


_SETTINGS = """\
# Tidewater Books: what opsloop needs to know that no signal says.

[hours]
timezone = "Europe/Berlin"
peak = "09-18"

[[slo]]
name = "checkout-availability"
service = "checkout"
objective = 0.999
window_days = 30
good_query = 'sum(rate(http_requests_total{service="checkout",code!~"5.."}[5m]))'
total_query = 'sum(rate(http_requests_total{service="checkout"}[5m]))'

[[slo]]
name = "search-availability"
service = "search"
objective = 0.995
window_days = 30
good_query = 'sum(rate(http_requests_total{service="search",code!~"5.."}[5m]))'
total_query = 'sum(rate(http_requests_total{service="search"}[5m]))'
"""
