"""CloudEvents over HTTP: the structured, batched and binary content modes, and files with one event a line.

Source: CloudEvents 1.0.2, HTTP Protocol Binding, section 3. An envelope is (attributes, data).
"""

from __future__ import annotations

import json
from base64 import b64decode
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
    """A structured event as (attributes, data). Data in JSON text is read, also in Base64; what is no JSON is left out.

    Source: CloudEvents 1.0.2, JSON Event Format, section 3.1: data without a type is JSON.
    """
    if not isinstance(item, dict):
        return None
    data, kind = item.get("data"), item.get("datacontenttype")
    packed = item.get("data_base64")
    if data is None and isinstance(packed, str) and (kind is None or "json" in str(kind)):
        data = _json(_unpacked(packed))
    elif isinstance(data, str) and "json" in str(kind):
        data = _json(data.encode("utf-8", "replace"))
    return {name: value for name, value in item.items() if name not in {"data", "data_base64"}}, data


def _unpacked(packed: str) -> bytes:
    try:
        return b64decode(packed, validate=True)
    except ValueError:
        return b""


def _json(body: bytes) -> Any:
    try:
        return read_json(body)
    except BadInput:
        return None


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
