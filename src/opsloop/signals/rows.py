"""Signals as rows of the store, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import Signal
from opsloop.signals.hot import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsloop.signals.hot import Row

try:
    import msgspec
except ImportError:
    _encode: Callable[[object], bytes] | None = None
else:
    _encode = msgspec.json.Encoder().encode

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The time that many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def row_of(signal: Signal, *, origin: str, received_at: int) -> Row:
    """The row, in the order of COLUMNS; ``received_at`` in microseconds."""
    return (
        signal.id,
        signal.source,
        signal.kind,
        signal.status,
        microseconds(signal.at),
        received_at,
        signal.service,
        signal.environment,
        signal.name,
        signal.severity,
        signal.fingerprint,
        signal.duration_s,
        signal.value,
        signal.summary,
        _object(signal.attrs),
        origin,
    )


def _object(attrs: Mapping[str, str]) -> str:
    """As JSON; the ``serve`` extra brings what does it ten times as fast."""
    if _encode is not None:
        return _encode(attrs).decode()
    return json.dumps(dict(attrs), ensure_ascii=False, separators=(",", ":"))


def signal_of(row: Row) -> Signal:
    """The signal that a row holds."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    values["at"], values["received_at"] = moment(values["at"]), moment(values["received_at"])
    values["attrs"] = json.loads(values["attrs"])
    return Signal(**values)
