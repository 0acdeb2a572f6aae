"""A journal file's bytes -> the bytes of its entries, fast, and what is wrong in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.markdown import fences

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING: Final = b"\n## ["
_HEADING: Final = re.compile(rb"([A-Za-z]{2,8}-\d{8}-[A-Za-z0-9]+)\]|(?:LRN|OPS|FEAT|ERR)\b")
_CONFLICT: Final = re.compile(rb"^(?:<<<<<<<|>>>>>>>)(?: .*)?\r?$", re.MULTILINE)

_Start = tuple[int, str]


class Block(NamedTuple):
    """A stretch of a file: an entry with its id, or text that is none (``id`` empty: the header, or unreadable)."""

    id: str
    offset: int
    raw: bytes

    @property
    def conflicted(self) -> bool:
        """Whether a version control merge left its markers in it."""
        return _CONFLICT.search(self.raw) is not None


class Problem(NamedTuple):
    """Something in a file that could not be read as it was probably meant; nothing of it is dropped."""

    path: str
    line: int
    message: str


def split(data: bytes) -> list[Block]:
    """Cut a file into blocks; the first is what precedes any entry. Their ``raw`` joined together is ``data``.

    An entry begins at a line ``## [TYPE-YYYYMMDD-XXX]`` outside every code fence. A heading of a known type whose id
    cannot be read begins a block too, so that the entry before does not swallow it; any other ``## [`` is text.
    """
    starts = _candidates(data)
    if b"```" in data or b"~~~" in data:
        starts = _without_quoted(data, starts)
    ends = [offset for offset, _ in starts[1:]]
    ends.append(len(data))
    return [Block(entry_id, start, data[start:end]) for (start, entry_id), end in zip(starts, ends, strict=True)]


def closing(data: bytes) -> bytes:
    """What must follow a file's bytes so that the next entry begins cleanly; empty after a properly closed one.

    Ends the last line, a code fence left open and the last entry: that of a hand, or of a write that a crash cut off.
    """
    if data.endswith((b"\n---\n", b"\n---\r\n")) or not data:
        return b""
    missing = b"" if data.endswith(b"\n") else b"\n"
    last = split(data)[-1]
    marker, _ = fences.left_open(last.raw.decode("latin-1").split("\n"))
    if marker:
        missing += marker.encode() + b"\n"
    return missing + b"\n---\n" if last.offset else missing


def inspect(path: str, data: bytes) -> Iterator[Problem]:
    """Name everything in a file that reading had to guess about."""
    lines_before, counted = 1, 0
    for block in split(data):
        lines_before += data.count(b"\n", counted, block.offset)
        counted = block.offset
        lines = block.raw.decode("utf-8", "replace").split("\n")
        for number, message in _troubles(block, lines):
            yield Problem(path, lines_before + number, message)


def _candidates(data: bytes) -> list[_Start]:
    """Every line that looks like an entry's heading, as (offset, id), after a start for what precedes them."""
    starts: list[_Start] = [(0, "")]
    match = _HEADING.match
    pieces = data.split(_OPENING)
    position = len(pieces[0]) + 1
    if data.startswith(_OPENING[1:]) and (heading := match(data, len(_OPENING) - 1)):
        starts.append((0, (heading[1] or b"").decode()))
    for piece in pieces[1:]:
        if heading := match(piece):
            starts.append((position, (heading[1] or b"").decode()))
        position += len(piece) + len(_OPENING)
    return starts


def _without_quoted(data: bytes, starts: list[_Start]) -> list[_Start]:
    """Drop the headings that stand inside a code fence of the entry before them."""
    lines_of = _fence_lines(data, starts)
    kept, number = [], 0
    while number < len(starts):
        kept.append(starts[number])
        number = _end_of_quote(lines_of, number) if number in lines_of else number + 1
    return kept


def _fence_lines(data: bytes, starts: list[_Start]) -> dict[int, list[str]]:
    """The lines of those candidates that hold any fence."""
    found = {}
    ends = [offset for offset, _ in starts[1:]] + [len(data)]
    for number, ((start, _), end) in enumerate(zip(starts, ends, strict=True)):
        if data.find(b"```", start, end) >= 0 or data.find(b"~~~", start, end) >= 0:
            found[number] = data[start:end].decode("latin-1").split("\n")
    return found


def _end_of_quote(lines_of: dict[int, list[str]], number: int) -> int:
    """The candidate after ``number`` and after what a fence of it quotes.

    A fence left open at the end of a candidate quotes the following ones up to the one that closes it, which is
    then odd when looked at alone. Where the next one with fences is even, the fence was simply never closed.
    """
    marker, _ = fences.left_open(lines_of[number])
    following = number + 1
    if not marker:
        return following
    for later in range(following, max(lines_of) + 1):
        if later in lines_of:
            if not fences.left_open(lines_of[later])[0]:
                break
            if not fences.left_open(lines_of[later], marker)[0]:
                return later + 1
    return following


def _troubles(block: Block, lines: list[str]) -> Iterator[tuple[int, str]]:
    outside = fences.outside(lines)
    for number, (line, free) in enumerate(zip(lines, outside, strict=True)):
        if "�" in line and "�".encode() not in block.raw:
            yield number, "not UTF-8; its bytes are kept as they are"
        if not free:
            continue
        if line.startswith("## [") and not (number == 0 and block.id):
            yield number, "a heading that begins like an entry's but has no id TYPE-YYYYMMDD-XXX"
        if line.startswith(("<<<<<<<", ">>>>>>>")) and _CONFLICT.match(line.encode()):
            yield number, "a merge-conflict marker; resolve the conflict before this entry is edited"
    for number in fences.unclosed(lines):
        yield number, "a code fence that is never closed"
