"""A Markdown text by its headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsloop.markdown import fences

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADING: Final = re.compile(r"#{1,4} +(.*?)[ #]*")


def sections(text: str, named: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The text before the first heading, and the bodies: under what ``named`` calls their heading (lower case), else
    under the heading itself.
    """
    lines = text.split("\n")
    bodies: dict[str, list[str]] = {"": []}
    heading = ""
    for line, free in zip(lines, fences.outside(lines), strict=True):
        if free and (match := HEADING.fullmatch(line)):
            heading = named.get(match[1].lower().strip(" :"), match[1].strip())
            bodies.setdefault(heading, [])
        else:
            bodies[heading].append(line)
    read = {heading: "\n".join(body).strip() for heading, body in bodies.items()}
    return read.pop(""), {heading: body for heading, body in read.items() if body}
