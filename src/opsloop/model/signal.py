"""Signal: one immutable event from the world, and its JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from opsloop.errors import BadInput
from opsloop.model.reading import number, text
from opsloop.model.times import format_time, parse_time
from opsloop.model.words import KINDS, SEVERITIES, WITHOUT_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_NO_ATTRS: Final[Mapping[str, str]] = {}


class Signal(NamedTuple):
    """One immutable event from the world, version 1. ``origin`` names its door (webhook, file, hook).

    A tuple, and not a dataclass, because receivers and readers make very many.
    """

    id: str
    source: str
    kind: str
    status: str
    at: datetime
    received_at: datetime | None = None
    service: str | None = None
    environment: str | None = None
    name: str | None = None
    severity: str | None = None
    fingerprint: str | None = None
    duration_s: float | None = None
    value: float | None = None
    summary: str | None = None
    attrs: Mapping[str, str] = _NO_ATTRS
    origin: str = ""

    @classmethod
    def from_json(cls, record: Any, *, timezone: Any = None) -> Self:
        """Read the native JSON form; raises BadInput that names the field. Unknown keys are refused."""
        if not isinstance(record, dict):
            msg = "a signal is a JSON object"
            raise BadInput(msg)
        if unknown := record.keys() - _SIGNAL_FIELDS:
            msg = f"unknown field {min(unknown)!r}; what a signal has no field for goes into attrs"
            raise BadInput(msg)
        texts = _texts(record)
        if not isinstance(record.get("at"), str):
            msg = "at is missing"
            raise BadInput(msg)
        attrs = record.get("attrs") or {}
        if not isinstance(attrs, dict) or not all(isinstance(value, str) for value in attrs.values()):
            msg = "attrs is an object of strings"
            raise BadInput(msg)
        received = record.get("received_at")
        return cls(
            **texts,  # type: ignore[arg-type]
            at=parse_time(record["at"], timezone=timezone, otherwise=", or say what naive times are with --timezone"),
            received_at=parse_time(received) if isinstance(received, str) else None,
            duration_s=number(record, "duration_s"),
            value=number(record, "value"),
            attrs=attrs,
        )

    def as_json(self) -> dict[str, Any]:
        """The native JSON form, every field present."""
        record = self._asdict()
        record["at"] = format_time(self.at)
        record["received_at"] = format_time(self.received_at) if self.received_at else None
        record["attrs"] = dict(self.attrs)
        return record


_SIGNAL_FIELDS: Final = frozenset(Signal._fields)
_SIGNAL_TEXTS: Final = tuple(
    name for name in Signal._fields if name not in {"at", "received_at", "duration_s", "value", "attrs", "origin"}
)


def _texts(record: dict[str, Any]) -> dict[str, str | None]:
    """The fields that are text, the words among them known ones. What is measured or counted needs no status."""
    texts = {name: text(record, name) for name in _SIGNAL_TEXTS}
    if KINDS.get(texts["kind"] or "") == WITHOUT_STATUS:
        texts["status"] = texts["status"] or "-"
    for name in ("id", "source", "kind", "status"):
        if not texts[name]:
            msg = f"{name} is missing"
            raise BadInput(msg)
    kind, status = str(texts["kind"]), str(texts["status"])
    if kind not in KINDS:
        msg = f"kind {kind!r} is none of {' '.join(KINDS)}"
        raise BadInput(msg)
    if status not in KINDS[kind]:
        msg = f"status {status!r} is none of {' '.join(sorted(KINDS[kind]))}, what a {kind} can have"
        raise BadInput(msg)
    if texts["severity"] not in (None, *SEVERITIES):
        msg = f"severity {texts['severity']!r} is none of {' '.join(SEVERITIES)}"
        raise BadInput(msg)
    return texts
