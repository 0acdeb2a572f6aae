"""Additions to a JSON file and their removal, as text: everything else keeps its bytes, its order and its layout."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from opsloop.errors import BadInput

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder(strict=False)

Path = tuple[str, ...]


def parse(text: str, where: str) -> dict[str, Any]:
    """The file as an object; raises BadInput, naming line and column, when it is not plain JSON or no object."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        msg = f"{where} is not plain JSON ({error}); nothing was changed, add the hooks by hand or mend the file"
        raise BadInput(msg) from None
    if not isinstance(value, dict):
        msg = f"{where} is JSON, but not an object; nothing was changed"
        raise BadInput(msg)
    return value


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _children(text: str, start: int) -> list[tuple[str, int, int, int]]:
    """What is in the container that starts at ``start``: (key or number, where it begins, value from, value to)."""
    closing = {"{": "}", "[": "]"}[text[start]]
    found: list[tuple[str, int, int, int]] = []
    at = _skip(text, start + 1)
    while text[at] != closing:
        begin, key = at, str(len(found))
        if closing == "}":
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, at)
        found.append((key, begin, at, end))
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _find(text: str, path: Path) -> int | None:
    """Where the value at ``path`` begins; None where there is none."""
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    for key in path:
        if text[start] not in "{[":
            return None
        inside = [child for child in _children(text, start) if child[0] == key]
        if not inside:
            return None
        start = inside[-1][2]
    return start


def append(text: str, path: Path, value: Any, key: str | None = None) -> str:
    """Put ``value`` last into the container at ``path``: as member ``key`` of an object, as item of an array."""
    start = _find(text, path)
    if start is None or text[start] != ("[" if key is None else "{"):
        msg = f"{'.'.join(path)} is not {'a list' if key is None else 'an object'} in this file; nothing was changed"
        raise BadInput(msg)
    line_end = "\r\n" if "\r\n" in text else "\n"
    unit = _indent(text)
    spread = "\n" in text.strip()
    here = unit * (len(path) + 1)
    written = json.dumps(value, indent=unit if spread else None, ensure_ascii=False).replace("\n", "\n" + here)
    if key is not None:
        written = f"{json.dumps(key)}: {written}"
    written = written.replace("\n", line_end)
    if inside := _children(text, start):
        at = inside[-1][3]
        return text[:at] + ("," + line_end + here if spread else ", ") + written + text[at:]
    tail = line_end + unit * len(path) if spread and "\n" not in text[start + 1 : _skip(text, start + 1)] else ""
    return text[: start + 1] + (line_end + here if spread else "") + written + tail + text[start + 1 :]


def remove(text: str, path: Path, *, trim: bool = True) -> str:
    """Take out one member or item, with the comma and the space that ``append`` put before it.

    ``trim`` closes up a container that is left empty (``{}``); without it the space before its end stays.
    """
    start = _find(text, path[:-1])
    inside = _children(text, start) if start is not None else []
    places = [number for number, child in enumerate(inside) if child[0] == path[-1]]
    if start is None or not places:
        return text
    number = places[-1]
    end = inside[number][3]
    if number:
        return text[: inside[number - 1][3]] + text[end:]
    if len(inside) > 1:
        return text[: inside[0][1]] + text[inside[1][1] :]
    return text[: start + 1] + text[_skip(text, end) if trim else end :]


def _indent(text: str) -> str:
    """The file's own unit of indentation; two spaces where it shows none."""
    found = re.search(r"[{\[]\r?\n([ \t]+)", text)
    return found.group(1) if found else "  "
