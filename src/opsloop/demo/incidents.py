"""Incidents: a pool that runs dry at every batch run, one cause in two services, slow finds, long repairs."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from opsloop.demo.company import ENGINEERS, TEAM_OF, signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.demo.calendar import Calendar
    from opsloop.model import Signal


def tell(calendar: Calendar) -> Iterator[Signal]:
    """Every incident of the ninety days."""
    return chain(_pool(calendar), _shared_cause(calendar), _found_by_people(calendar), _long(calendar), _open(calendar))


def _pool(calendar: Calendar) -> Iterator[Signal]:
    """The nightly ETL takes forty of orders-db's fifty connections; checkout waits."""
    for day in (6, 13, 24, 33, 41, 55, 62, 76, 83):
        yield from incident(
            calendar,
            calendar.at(day, 2.4),
            "checkout",
            f"pool-{day}",
            name="Connection pool of orders-db exhausted",
            severity="P1" if day in (33, 62) else "P2",
            attrs={
                "pattern_key": "incident_pattern.connection_pool",
                "root_cause": "nightly ETL opens 40 of 50 connections of orders-db",
                "alert": "PoolSaturated",
                "detected_by": "alert",
                "responder": "Mei",
            },
            repaired=calendar.minutes(70),
        )


def _shared_cause(calendar: Calendar) -> Iterator[Signal]:
    """An expired intermediate certificate takes down ledger, and two weeks later invoicing."""
    for day, service in ((38, "ledger"), (52, "invoicing")):
        yield from incident(
            calendar,
            calendar.at(day, 10.2),
            service,
            f"certificate-{day}",
            name=f"{service} cannot reach the payment provider",
            severity="P1",
            attrs={
                "root_cause": "expired intermediate certificate in the trust store",
                "detected_by": "alert",
                "alert": "ProviderUnreachable",
                "responder": "Ravi",
            },
            repaired=calendar.minutes(95),
        )


def _found_by_people(calendar: Calendar) -> Iterator[Signal]:
    """Recommendations go stale; customers write in before anything alerts."""
    for day in (19, 47, 71):
        yield from incident(
            calendar,
            calendar.at(day, 8),
            "recommendations",
            f"stale-{day}",
            name="Recommendations are days old",
            severity="P3",
            attrs={
                "pattern_key": "incident_pattern.stale_recommendations",
                "detected_by": "human",
                "responder": "Amara",
            },
            noticed=timedelta(hours=3),
            repaired=calendar.minutes(180),
        )


def _long(calendar: Calendar) -> Iterator[Signal]:
    """One P1 that took over six hours."""
    yield from incident(
        calendar,
        calendar.at(66, 14),
        "ingress",
        "routes-66",
        name="Half of the routes lost after a configuration reload",
        severity="P1",
        attrs={"root_cause": "reload dropped routes with duplicate hosts", "detected_by": "alert", "responder": "Ilse"},
        repaired=timedelta(hours=6, minutes=20),
    )


def _open(calendar: Calendar) -> Iterator[Signal]:
    """One that nobody has touched for nine days."""
    started = calendar.at(calendar.days - 9, 16)
    yield from incident(
        calendar,
        started,
        "etl",
        "late-rows",
        name="Warehouse misses rows of late orders",
        severity="P3",
        attrs={"detected_by": "human", "responder": "Noor"},
        repaired=None,
    )


def incident(
    calendar: Calendar,
    started: datetime,
    service: str,
    key: str,
    *,
    repaired: timedelta | None,
    noticed: timedelta | None = None,
    **fields: object,
) -> Iterator[Signal]:
    """An incident's life; ``repaired`` None leaves it open. Times count from ``started`` and from its detection."""
    detected = started + (noticed or calendar.minutes(6))
    steps = [("started", started), ("detected", detected), ("acknowledged", detected + calendar.minutes(5))]
    if repaired is not None:
        steps += [("mitigated", detected + repaired * 0.8), ("resolved", detected + repaired)]
    crew = ENGINEERS[TEAM_OF[service]]
    attrs = {"responder": calendar.random.choice(crew), **fields.pop("attrs", {})}  # type: ignore[dict-item]
    for status, at in steps:
        yield signal(
            "incident", status, at, service, key, source="pagerduty", summary=fields["name"], attrs=attrs, **fields
        )
