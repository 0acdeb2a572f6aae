"""Who works at Tidewater Books, what they run, and how one of their signals looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.model import Signal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

TEAMS: Final = {
    "storefront": ("storefront-web", "search", "recommendations"),
    "payments": ("checkout", "ledger", "invoicing"),
    "platform": ("ingress", "orders-db", "event-bus"),
    "data": ("warehouse", "etl"),
}
TEAM_OF: Final = {service: team for team, services in TEAMS.items() for service in services}
ENGINEERS: Final = {
    "storefront": ("Amara", "Jonas"),
    "payments": ("Mei", "Ravi"),
    "platform": ("Ilse", "Tomás"),
    "data": ("Noor",),
}


def signal(kind: str, status: str, at: datetime, service: str, key: str, **fields: Any) -> Signal:
    """One production signal of ``service``. ``key`` names the occurrence and makes the id stable."""
    attrs = {"team": TEAM_OF[service], **fields.pop("attrs", {})}
    return Signal(
        id=f"tidewater:{kind}:{key}:{status}:{at:%Y%m%dT%H%M%S}",
        source=fields.pop("source", "signals"),
        kind=kind,
        status=status,
        at=at,
        service=service,
        environment="production",
        fingerprint=fields.pop("fingerprint", key),
        attrs=attrs,
        origin="demo",
        **fields,
    )


def episode(monitor: str, service: str, fired: datetime, lasts: timedelta, severity: str, **attrs: str) -> list[Signal]:
    """One alert that fires and resolves; the series is the fingerprint, as Alertmanager has it."""
    fields = {"source": "alertmanager", "name": monitor, "severity": severity, "attrs": attrs}
    return [
        signal("alert", status, at, service, f"{monitor}/{service}", summary=f"{monitor} on {service}", **fields)
        for status, at in (("firing", fired), ("resolved", fired + lasts))
    ]
