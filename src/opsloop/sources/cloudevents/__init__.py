"""CloudEvents 1.0 in all HTTP content modes: CDEvents are read as such, others by a mapping, the rest is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.cdevents import PREFIX, read_envelope
from opsloop.sources.envelope import envelopes
from opsloop.sources.mapping import Meaning
from opsloop.sources.payload import text
from opsloop.sources.signature import shared_secret as verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery
    from opsloop.sources.envelope import Envelope

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = frozenset({""})


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read every event. A mapping in the settings sees the attributes with the event's ``data`` beside them."""
    found: list[Signal | None] = []
    for envelope in envelopes(delivery):
        found += _read(delivery, envelope, options)
    signals = tuple(item for item in found if item)
    return Parsed(signals=signals, ignored=len(found) - len(signals))


def _read(delivery: Delivery, envelope: Envelope | None, options: Mapping[str, Any]) -> list[Signal | None]:
    attributes, data = envelope or ({}, None)
    kind_of_event = text(attributes, "type")
    if kind_of_event is None or text(attributes, "id") is None:
        msg = "a CloudEvent has at least an id and a type"
        raise BadInput(msg)
    if kind_of_event.startswith(PREFIX):
        return [read_envelope(delivery, envelope)]
    if not options.get("fields"):
        return [None]
    return Meaning(options, "cloudevents").signals(delivery, {**attributes, "data": data})
