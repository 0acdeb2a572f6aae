"""Code fences inside an entry: what they protect, and how text is kept from being taken for structure.

Inside a closed fence nothing is structure. A fence that is never closed protects nothing: otherwise one forgotten
line would hide everything below it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK: Final = re.compile(r" *(`{3,}(?=[^`\n]*$)|~{3,})(.*)", re.MULTILINE)
_LINE_MARK: Final = re.compile(rf"\n{_MARK.pattern}", re.MULTILINE)
_STRUCTURE: Final = re.compile(r"\\*### ")
_ESCAPED: Final = re.compile(r"\\+(?:### |## \[| *(?:```|~~~))")
_HEADING: Final = re.compile(r"\\*## \[")
_ESCAPED_HEADING: Final = re.compile(r"\\+## \[")
_NO_LENGTH: Final = 1 << 30


def has_fences(text: str) -> bool:
    """A cheap first look (one character is found much faster than three); false for most entries."""
    return ("`" in text and "```" in text) or ("~" in text and "~~~" in text)


def outside(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it is outside every closed fence (CommonMark 4.5)."""
    flags = [True] * len(lines)
    for first, last in _walk(lines)[0]:
        flags[first : last + 1] = [False] * (last + 1 - first)
    return flags


def unclosed(lines: Sequence[str]) -> list[int]:
    """Line numbers of fences that nothing closes."""
    return _walk(lines)[1]


def left_open(text: str, marker: str = "") -> str:
    """The marker of the fence that is open at the end, "" where none is; ``marker`` is already open at the start."""
    for mark, rest in _LINE_MARK.findall("\n" + text):
        if not marker:
            marker = mark
        elif _closes(mark, marker, bare=not rest.strip()):
            marker = ""
    return marker


def escape(text: str) -> str:
    """Put a backslash before each line that would read as a heading of ours or opens a fence that is never closed.

    An entry's heading gets one inside a fence too: a file is cut at them, and must not depend on matching fences.
    """
    if not has_fences(text) and "## " not in text:
        return text
    lines = text.split("\n")
    lonely = set(unclosed(lines))
    return "\n".join(
        "\\" + line
        if _HEADING.match(line) or (free and (number in lonely or _STRUCTURE.match(line) or _ESCAPED.match(line)))
        else line
        for number, (line, free) in enumerate(zip(lines, outside(lines), strict=True))
    )


def unescape(text: str) -> str:
    """Undo ``escape``."""
    if "\\" not in text:
        return text
    lines = text.split("\n")
    return "\n".join(
        line[1:] if (_ESCAPED if free else _ESCAPED_HEADING).match(line) else line
        for line, free in zip(lines, outside(lines), strict=True)
    )


def _marks(lines: Sequence[str]) -> list[tuple[int, str, bool]]:
    """Every line that may open or close a fence: its number, its marker, and whether nothing follows the marker."""
    return [
        (number, match[1], not match[2].strip())
        for number, line in enumerate(lines)
        if has_fences(line) and (match := _MARK.match(line))
    ]


def _closes(mark: str, marker: str, *, bare: bool) -> bool:
    return bare and mark[0] == marker[0] and len(mark) >= len(marker)


def _walk(lines: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """Closed fences as (opening line, closing line), and the openings that nothing closes."""
    marks = _marks(lines)
    pairs: list[tuple[int, int]] = []
    lonely: list[int] = []
    never_closed = {"`": _NO_LENGTH, "~": _NO_LENGTH}  # a marker this long or longer finds no end any more
    position = 0
    while position < len(marks):
        line, marker, _ = marks[position]
        position += 1
        end = None
        if len(marker) < never_closed[marker[0]]:
            rest = range(position, len(marks))
            end = next((at for at in rest if _closes(marks[at][1], marker, bare=marks[at][2])), None)
        if end is None:
            never_closed[marker[0]] = min(len(marker), never_closed[marker[0]])
            lonely.append(line)
        else:
            pairs.append((line, marks[end][0]))
            position = end + 1
    return pairs, lonely
