"""opsloop's own form: signals, version 1, one JSON object a line (or one document with a list of ``signals``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import Signal
from opsloop.sources import Parsed
from opsloop.sources.decoding import read_json
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({"application/x-ndjson"})


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read the good lines, report the bad ones. ``timezone``: what times without an offset mean; else they are bad."""
    timezone = zone(options.get("timezone"))
    signals, rejected = [], []
    for number, record in _records(delivery.body):
        try:
            fields = read_json(record) if isinstance(record, bytes) else record
            signals.append(Signal.from_json(fields, timezone=timezone))
        except BadInput as error:
            rejected.append((number, str(error)))
    return Parsed(signals=tuple(signals), rejected=tuple(rejected))


def _records(body: bytes) -> Iterable[tuple[int, Any]]:
    """Lines of JSON; or, where the whole body is one document, the items of its list."""
    try:
        document = read_json(body)
    except BadInput:
        document = None
    if isinstance(document, dict) and isinstance(document.get("signals"), list):
        document = document["signals"]
    if isinstance(document, list):
        return enumerate(document, 1)
    return ((number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip())
