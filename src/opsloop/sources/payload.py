"""Reading fields out of JSON that nobody promised: every function takes a document and a path, and never raises.

A path that leads nowhere, or to another type, is None (or empty): ``text(body, "event", "data", "title")``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT: Final = 300
SUMMARY_LIMIT: Final = 1000
ATTRS_LIMIT: Final = 40
_ATTR_NAME_LIMIT: Final = 80
_ABSENT: Final = frozenset({"", "null", "<nil>", "<no value>", "undefined"})
"""What stands where there is nothing, also after a template of Go or JavaScript was filled."""


def dig(document: Any, *path: str | int) -> Any:
    """What stands at the path: names of objects, positions in lists."""
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and -len(document) <= step < len(document):
            document = document[step]
        else:
            return None
    return document


def text(document: Any, *path: str | int, limit: int = TEXT_LIMIT) -> str | None:
    """One printable line of at most ``limit`` characters; numbers count as text, blank and ``null`` as absent."""
    return line(dig(document, *path), limit)


def line(value: Any, limit: int = TEXT_LIMIT) -> str | None:
    """A value as ``text`` gives it."""
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            return _clean(value[: 4 * limit], limit)
        read = _short(value)
        return read if limit >= TEXT_LIMIT or read is None else read[:limit]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value)[:limit]


def identity(value: Any) -> str | None:
    """A value as ``line`` gives it; never cached, because each comes a few times at most."""
    return _clean(value[: 4 * TEXT_LIMIT], TEXT_LIMIT) if isinstance(value, str) else line(value)


def _clean(value: str, limit: int) -> str | None:
    read = one_line(value)[:limit]
    return None if read in _ABSENT else read


@lru_cache(maxsize=16_384)
def _short(value: str) -> str | None:
    """Cached, because label sets say the same words over and over."""
    return _clean(value, TEXT_LIMIT)


def first_text(document: Any, *names: str, limit: int = TEXT_LIMIT) -> str | None:
    """The first of the named fields that says something."""
    if isinstance(document, dict):
        for name in names:
            if name in document and (read := line(document[name], limit)):
                return read
    return None


def one_line(value: str) -> str:
    """Printable and on one line: white space becomes a blank, control and format characters vanish."""
    if value.isprintable():
        return value.strip()
    return "".join(char for char in " ".join(value.split()) if char.isprintable())


def table(document: Any, *path: str | int) -> dict[str, Any]:
    """The object at the path, or an empty one."""
    value = dig(document, *path)
    return value if isinstance(value, dict) else {}


def rows(document: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects in the list at the path."""
    value = dig(document, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(document: Any, *path: str | int) -> list[str]:
    """The texts in the list at the path (a single text counts as a list of one)."""
    value = dig(document, *path)
    items = value if isinstance(value, list) else [value]
    return [read for item in items if (read := line(item))]


def number(document: Any, *path: str | int) -> float | None:
    """A finite number, also when it is written as text."""
    value = dig(document, *path)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if abs(read) < float("inf") else None


def attrs(pairs: Mapping[str, Any], bounded: Mapping[str, str] | None = None) -> dict[str, str]:
    """Attributes of a signal: what says something, as bounded texts, at most forty of them; ``bounded`` are so already.

    They come first.
    """
    read = dict(bounded) if bounded else {}
    for name, value in pairs.items():
        if len(read) >= ATTRS_LIMIT:
            break
        told = _short(value) if isinstance(value, str) and len(value) <= TEXT_LIMIT else line(value)
        if told and (key := attr_name(name)):
            read[key] = told
    return read


def attr_name(name: str) -> str | None:
    """The name that an attribute gets."""
    return _attr_name(name) if len(name) <= TEXT_LIMIT else line(name, _ATTR_NAME_LIMIT)


@lru_cache(maxsize=4096)
def _attr_name(name: str) -> str | None:
    return line(name, _ATTR_NAME_LIMIT)
