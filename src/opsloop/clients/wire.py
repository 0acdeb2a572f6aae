"""JSON as the hook reads and writes it: the C scanner without the ``json`` package, which costs 6 ms to import.

Where an interpreter has no such scanner, ``json`` itself does the work.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from _json import encode_basestring_ascii as quote
    from _json import make_scanner
except ImportError:
    from json import dumps as quote

    make_scanner = None  # type: ignore[assignment,misc]


_ENDINGS = ('"}}', '"}', "}}", "}", '"]}}', '"}]}}', '"}}}')


class _Plain:
    """What the scanner wants to know: numbers and objects as usual, control characters inside strings are tolerated."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def loads(text: str) -> Any:
    """Parse one JSON document; raises ValueError when it is none."""
    if make_scanner is None:
        import json

        return json.loads(text, strict=False)
    try:
        value, end = make_scanner(_Plain)(text, len(text) - len(text.lstrip()))  # type: ignore[arg-type]
    except (StopIteration, SystemError):  # the latter where it would raise JSONDecodeError, had anybody imported json
        message = "no JSON"
        raise ValueError(message) from None
    if text[end:].strip():
        message = "more than one JSON document"
        raise ValueError(message)
    return value


def mend(text: str) -> Any:
    """Parse a document whose end was cut off, most likely inside the longest string; raises ValueError."""
    text = text.rstrip()
    cut = text.rfind("\\", len(text) - 6)
    if cut >= 0 and not text.endswith('\\"'):
        text = text[:cut]
    for ending in _ENDINGS:
        try:
            return loads(text + ending)
        except ValueError:
            continue
    message = "neither JSON nor the beginning of it"
    raise ValueError(message)


__all__ = ["loads", "mend", "quote"]
