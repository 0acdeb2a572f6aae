"""``[serve]`` of ``opsloop.toml``: how much the server takes, from whom, and how often it works by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every limit with its unit in its name; 0 turns a rate limit or a background run off."""

    hosts: tuple[str, ...] = ()
    """Names, beside localhost and addresses, under which the server is reached; any other Host header is refused."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For is believed; a forwarded request from anybody else is refused."""
    connections: int = 500
    """Open at once; who comes when there are as many is answered 503 with Retry-After."""
    body_bytes: int = 5_000_000
    body_timeout_s: float = 10.0
    waiting_signals: int = 100_000
    """Signals that may wait for the disk; beyond, deliveries are answered 503 with Retry-After."""
    requests_per_minute: int = 0
    """From one address; beyond, 429 with Retry-After."""
    stop_timeout_s: int = 20
    """How long a stopping server finishes what it has begun."""
    seal_every_minutes: float = 60.0
    detect_every_minutes: float = 15.0
    verify_every_minutes: float = 360.0


def limits_from(table: Mapping[str, Any]) -> Limits:
    """Read ``[serve]``; raises BadInput with the key that is wrong."""
    known = {item.name: item for item in fields(Limits)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            message = f"[serve] has no key {name!r}; there are {' '.join(known)}"
            raise BadInput(message)
        wanted = str(known[name].type)
        values[name] = _list(name, value) if wanted.startswith("tuple") else _number(name, value, whole=wanted == "int")
    return Limits(**values)


def _list(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        message = f"[serve] {name} is a list of texts"
        raise BadInput(message)
    return tuple(value)


def _number(name: str, value: Any, *, whole: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value < 0:
        message = f"[serve] {name} = {value!r} is not a {'whole ' if whole else ''}number from 0 on"
        raise BadInput(message)
    return int(value) if whole else float(value)
