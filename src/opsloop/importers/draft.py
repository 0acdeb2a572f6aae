"""What an importer makes of one thing that it found."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.errors import BadInput
from opsloop.model import format_time, parse_time

if TYPE_CHECKING:
    from opsloop.model import Entry


_NAME_LIMIT: Final = 80


class Draft(NamedTuple):
    """An entry to be: where it comes from, for people; what identifies it there, for the next import.

    ``title`` is what the entry is named after where it has no name yet.
    """

    origin: str
    identity: tuple[str, ...]
    entry: Entry
    title: str


def moment(*texts: object) -> str | None:
    """The first of several texts that is a time, in RFC 3339; times without an offset are taken as UTC."""
    for text in texts:
        try:
            return format_time(parse_time(str(text or ""), timezone=UTC))
        except BadInput:
            continue
    return None


def slug(title: str) -> str:
    """A title as an entry's name: words joined by underscores, at most eight and 80 characters."""
    words = "".join(character if character.isalnum() else " " for character in title.lower()).split()
    return "_".join(words[:8])[:_NAME_LIMIT].strip("_") or "imported"
