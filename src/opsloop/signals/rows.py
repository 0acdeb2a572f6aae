"""Signals as rows of the store, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring as _quoted
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import Signal
from opsloop.signals.hot import COLUMNS

if TYPE_CHECKING:
    from opsloop.signals.hot import Row

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
        "{" + ",".join([f"{_quoted(name)}:{_quoted(text)}" for name, text in signal.attrs.items()]) + "}",
        origin,
    )


def signal_of(row: Row) -> Signal:
    """The signal that a row holds."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    values["at"], values["received_at"] = moment(values["at"]), moment(values["received_at"])
    values["attrs"] = json.loads(values["attrs"])
    return Signal(**values)
