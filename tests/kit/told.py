"""Small histories written as lines of text, and what the metrics make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from typing import Any

from opsloop.metrics.scope import Scope
from opsloop.model import Signal
from opsloop.signals.table import Table, from_signals

_FIELDS = {"id", "service", "environment", "name", "severity", "fingerprint", "duration_s", "value"}
_ids = count()


def time(text: str) -> datetime:
    """``2026-03-02`` or ``2026-03-02 10:30`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def signal(event: str, at: str | datetime, fingerprint: str | None = None, **told: Any) -> Signal:
    """``signal("incident started", "2026-03-02 10:00", "i1", pattern_key="...")``: what is no field is an attribute."""
    kind, status = event.split()
    fields = {"service": "shop", "id": f"s{next(_ids):06}"} | {key: told[key] for key in told.keys() & _FIELDS}
    return Signal(
        **fields,
        source="test",
        kind=kind,
        status=status,
        at=time(at) if isinstance(at, str) else at,
        fingerprint=fingerprint,
        attrs={key: value for key, value in told.items() if key not in _FIELDS},
    )


def table(signals: list[Signal]) -> Table:
    """The signals as the engine sees them."""
    return from_signals(signals)


def measure(
    family: str, signals: list[Signal], start: str, end: str, *, now: str | None = None, **asked: Any
) -> dict[str, Any]:
    """A metric's document over [start, end), as known at ``now`` (default: the end)."""
    scope = {key: asked.pop(key) for key in ("service", "by") if key in asked}
    window = Scope(start=time(start), end=time(end), now=time(now or end), **scope)
    document: dict[str, Any] = import_module(f"opsloop.metrics.{family}").compute(table(signals), window, **asked)
    return document


def only(document: dict[str, Any]) -> dict[str, Any]:
    """The one group of a document."""
    assert len(document["groups"]) == 1, document["groups"]
    group: dict[str, Any] = document["groups"][0]
    return group


def unusable(document: dict[str, Any]) -> dict[str, int]:
    """How many signals could not be used, by reason."""
    return {item["reason"]: item["count"] for item in document["unusable"]}
