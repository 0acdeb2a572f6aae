"""CloudEvents over HTTP: the structured, batched and binary content modes, and files with one event a line.

Source: CloudEvents 1.0.2, HTTP Protocol Binding, section 3. An envelope is (attributes, data).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from opsloop.errors import BadInput
from opsloop.sources.decoding import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_HEADER: Final = "ce-"
Envelope = tuple[dict[str, Any], Any]


def envelopes(delivery: Delivery) -> list[Envelope | None]:
    """The events of a request; None stands for a list item that is no event. Raises BadInput."""
    if f"{_HEADER}type" in delivery.headers:
        attributes = {
            name.removeprefix(_HEADER): unquote(value)
            for name, value in delivery.headers.items()
            if name.startswith(_HEADER)
        }
        return [(attributes, delivery.document() if delivery.body.strip() else None)]
    document = delivery.document()
    items = document if isinstance(document, list) else [document]
    return [open_envelope(item) for item in items]


def open_envelope(item: Any) -> Envelope | None:
    """A structured event as (attributes, data); data in JSON text is read, binary data is left out."""
    if not isinstance(item, dict):
        return None
    data = item.get("data")
    if isinstance(data, str) and "json" in str(item.get("datacontenttype")):
        try:
            data = read_json(data.encode("utf-8", "replace"))
        except BadInput:
            data = None
    return {name: value for name, value in item.items() if name not in {"data", "data_base64"}}, data


def each_line(
    body: bytes, read: Callable[[Any], Signal | None]
) -> tuple[list[Signal], int, list[tuple[int, str]]] | None:
    """Signals, ignored events and bad lines of JSON Lines; None where the body is one JSON document, or one line."""
    lines = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or _is_document(body):
        return None
    signals, ignored, rejected = [], 0, []
    for number, line in lines:
        try:
            signal = read(read_json(line))
        except BadInput as error:
            rejected.append((number, str(error)))
            continue
        if signal is None:
            ignored += 1
        else:
            signals.append(signal)
    return signals, ignored, rejected


def _is_document(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
