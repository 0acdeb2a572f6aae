"""Making a Signal out of what was read: its identity, its time, its bounds."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import Signal
from opsloop.sources.payload import attrs as bounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.sources import Delivery

REPEAT_WINDOW_S: Final = 600
"""A body with neither time nor id that comes twice in the same ten minutes of the clock is one event."""
_ID_LIMIT: Final = 200


def signal(
    delivery: Delivery,
    source: str,
    kind: str,
    status: str,
    *,
    key: str,
    at: datetime | None,
    event: str | None = None,
    attrs: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    service: str | None = None,
    environment: str | None = None,
    name: str | None = None,
    severity: str | None = None,
    duration_s: float | None = None,
    value: float | None = None,
    summary: str | None = None,
) -> Signal:
    """One event of the series ``key`` (incident, alert series, deployment), which becomes the fingerprint.

    The id is made of ``event``, the tool's own id of this event; else of key, status and time; else of the body and
    the ten minutes it came in. Without ``at`` the signal gets the receipt time and says so in ``attrs.at``. ``labels``
    are the attributes that a LabelSet has read.
    """
    extra = bounded(attrs or {}, labels)
    if at is None:
        extra["at"] = "received"
    if event is None:
        event = f"{key}:{status}:{at.isoformat() if at else occasion(delivery)}"
    return Signal(
        id=short(f"{source}:{event}"),
        source=source,
        kind=kind,
        status=status,
        at=at or delivery.received_at,
        fingerprint=short(key),
        attrs=extra,
        service=service,
        environment=environment,
        name=name,
        severity=severity,
        duration_s=duration_s,
        value=value,
        summary=summary,
    )


def short(identity: str) -> str:
    """An identity of bounded length: what is too long ends in its own digest."""
    if len(identity) <= _ID_LIMIT:
        return identity
    return identity[: _ID_LIMIT - 33] + "." + digest(identity)


def digest(text: str) -> str:
    """128 bits of SHA-256 as hexadecimal digits: an identity, not a secret."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def occasion(delivery: Delivery) -> str:
    """What a body without a time is told by: itself, and the ten minutes it came in."""
    window = int(delivery.received_at.timestamp()) // REPEAT_WINDOW_S
    return f"{_body_digest(delivery.body)}:{window}"


@lru_cache(maxsize=1)
def _body_digest(body: bytes) -> str:
    """Kept for the many signals without a time that one body can hold."""
    return hashlib.sha256(body).hexdigest()[:16]
