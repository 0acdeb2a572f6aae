"""Fields of a JSON object, checked one by one: each raises BadInput that names the field."""

from __future__ import annotations

from sys import float_info
from typing import Any

from opsloop.errors import BadInput


def text(record: dict[str, Any], name: str) -> str | None:
    """Text; an empty one is None."""
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        msg = f"{name} is text, not {type(value).__name__}"
        raise BadInput(msg)
    return value or None


def number(record: dict[str, Any], name: str) -> float | None:
    """A finite number, or None."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= float_info.max:
        msg = f"{name} is a finite number or null"
        raise BadInput(msg)
    return float(value)


def one_of(values: dict[str, Any], name: str, allowed: tuple[str, ...]) -> Any:
    """One of the allowed words."""
    if values.get(name) not in allowed:
        msg = f"{name} {values.get(name)!r} is none of {' '.join(allowed)}"
        raise BadInput(msg)
    return values[name]


def labelled(record: dict[str, Any], name: str) -> dict[str, str]:
    """A label -> text map; a number is written out, a list joined by commas."""
    value = record[name]
    if not isinstance(value, dict) or not all(str(label).strip() for label in value):
        msg = f"{name} is an object of labels and texts"
        raise BadInput(msg)
    items = {label: ", ".join(map(str, text)) if isinstance(text, list) else text for label, text in value.items()}
    if wrong := [label for label, text in items.items() if isinstance(text, dict)]:
        msg = f"{name}: {wrong[0]!r} is text, not an object"
        raise BadInput(msg)
    return {label: str(text) for label, text in items.items() if text is not None}


def timeline(record: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    """Rows of a timeline, as objects or as pairs: (time, event)."""
    rows = record[name] if isinstance(record[name], list) else [None]
    read = []
    for row in rows:
        pair = [row.get("time"), row.get("event")] if isinstance(row, dict) else row
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(cell, str) for cell in pair)):
            msg = f'{name} is a list of {{"time": "10:02", "event": "paged"}}'
            raise BadInput(msg)
        read.append((pair[0], pair[1]))
    return tuple(read)


def items(record: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts."""
    value = record[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = f"{name} is a list of texts"
        raise BadInput(msg)
    return tuple(value)
