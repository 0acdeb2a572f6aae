"""Delivery: steady releases, one bad fortnight in the storefront, slow approvals, a runbook that is a wiki page."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from opsloop.demo.company import TEAM_OF, signal
from opsloop.demo.incidents import incident

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.demo.calendar import Calendar
    from opsloop.model import Signal

BAD_FORTNIGHT = range(58, 72)
"""Days on which the storefront shipped without its canary."""


def tell(calendar: Calendar) -> Iterator[Signal]:
    """Every change, deployment, approval and pipeline step of the ninety days."""
    return chain(*(_releases(calendar, service) for service in TEAM_OF), _approvals(calendar), _steps(calendar))


def _releases(calendar: Calendar, service: str) -> Iterator[Signal]:
    """About one release every second working day; the storefront's more often, and some of them bad."""
    per_day = 0.9 if service == "storefront-web" else 0.4
    for number, day in enumerate(day for day in range(calendar.days) if calendar.weekday(day)):
        if calendar.random.random() > per_day:
            continue
        deployed = calendar.at(day, 9 + calendar.random.random() * 8)
        key = f"{service}-{day}-{number}"
        yield from _release(calendar, service, key, deployed)
        bad_odds = 0.45 if service == "storefront-web" and day in BAD_FORTNIGHT else 0.03
        if calendar.random.random() < bad_odds:
            yield from _failure(calendar, service, key, deployed)


def _release(calendar: Calendar, service: str, key: str, deployed: datetime) -> Iterator[Signal]:
    committed = deployed - calendar.minutes(20 * 60, 0.8)
    merged = deployed - calendar.minutes(40)
    attrs = {"first_commit_at": f"{min(committed, merged):%Y-%m-%dT%H:%M:%SZ}", "deployment": key}
    yield signal("change", "merged", merged, service, f"pr-{key}", source="github", attrs=attrs)
    yield signal("deployment", "started", deployed - timedelta(minutes=9), service, key, source="argocd")
    yield signal("deployment", "succeeded", deployed, service, key, source="argocd", attrs={"commits": "3"})


def _failure(calendar: Calendar, service: str, key: str, deployed: datetime) -> Iterator[Signal]:
    """A canary that saw it, an incident that names the deployment, and a rollback by hand."""
    found = deployed + calendar.minutes(20)
    yield signal("canary", "failed", deployed + timedelta(minutes=8), service, key, source="argocd", value=0.031)
    yield from incident(
        calendar,
        found,
        service,
        f"regression-{key}",
        name="Errors after a release",
        severity="P2",
        attrs={"deployment": key, "detected_by": "alert", "alert": "HighErrorRate"},
        repaired=calendar.minutes(50),
    )
    rolled_back = {"rollback_mode": "manual", "rolls_back": key}
    back = found + calendar.minutes(45)
    yield signal("deployment", "rolled_back", back, service, key, source="argocd", attrs=rolled_back)


def _approvals(calendar: Calendar) -> Iterator[Signal]:
    """Ledger's releases wait for a sign-off that takes an hour or two."""
    for day in range(2, calendar.days, 5):
        asked, key = calendar.at(day, 10), f"ledger-signoff-{day}"
        yield signal("approval", "requested", asked, "ledger", key, source="github", name="finance sign-off")
        granted = asked + calendar.minutes(85)
        yield signal("approval", "granted", granted, "ledger", key, source="github", name="finance sign-off")


def _steps(calendar: Calendar) -> Iterator[Signal]:
    """Warehouse migrations are pasted from the wiki."""
    for day in range(5, calendar.days, 14):
        attrs = {"manual": "true", "copied_from": "wiki: warehouse migration"}
        yield signal(
            "step",
            "done",
            calendar.at(day, 11),
            "warehouse",
            f"migration-{day}",
            name="run schema migration",
            duration_s=2_700.0,
            attrs=attrs,
        )
