"""A journal file's bytes -> the bytes of its entries, fast, and what is wrong in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.markdown import fences

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING: Final = re.compile(rb"\n## \[(?:([A-Za-z]{2,8}-\d{8}-[A-Za-z0-9]+)\]|(?:LRN|OPS|FEAT|ERR)\b)")
_CONFLICT: Final = re.compile(rb"^(?:<<<<<<<|>>>>>>>)(?: .*)?\r?$", re.MULTILINE)
_BLANK: Final = b" \t\r\n"

_Start = tuple[int, bytes]


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
    return [Block(entry_id.decode(), start, data[start:end]) for entry_id, start, end in spans(data)]


def spans(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Where the blocks of ``split`` are, as (id, start, end), for those who need not hold them all."""
    starts = _candidates(data)
    with_fences = _with_fences(data, [offset for offset, _ in starts])
    if with_fences:
        starts = _without_quoted(data, starts, with_fences)
    entry_id, start = b"", 0
    for offset, following in starts[1:]:
        yield entry_id, start, offset
        entry_id, start = following, offset
    yield entry_id, start, len(data)


def trimmed(data: bytes, start: int, end: int) -> int:
    """``end`` without the blank space before it, which changes when something is written behind a block."""
    while end > start and data[end - 1] in _BLANK:
        end -= 1
    return end


def closing(data: bytes) -> bytes:
    """What must follow a file's bytes so that the next entry begins cleanly; empty after a properly closed one.

    Ends the last line, a code fence left open and the last entry: that of a hand, or of a write that a crash cut off.
    """
    if data.endswith((b"\n---\n", b"\n---\r\n")) or not data:
        return b""
    missing = b"" if data.endswith(b"\n") else b"\n"
    last = split(data)[-1]
    if marker := fences.left_open(last.raw.decode("latin-1")):
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
    starts: list[_Start] = [(0, b"")]
    if heading := _HEADING.match(b"\n" + data[:80]):
        starts.append((0, heading[1] or b""))
    starts += [(heading.start() + 1, heading[1] or b"") for heading in _HEADING.finditer(data)]
    return starts


def _with_fences(data: bytes, offsets: list[int]) -> list[int]:
    """The numbers of those blocks that hold anything like a code fence."""
    marks = [mark for mark in (b"```", b"~~~") if mark[:1] in data]
    places = [place.start() for mark in marks for place in re.finditer(mark, data)]
    return sorted({bisect_right(offsets, place) - 1 for place in places})


def _without_quoted(data: bytes, starts: list[_Start], with_fences: list[int]) -> list[_Start]:
    """Drop the headings that stand inside a code fence of the entry before them.

    A fence left open at the end of a block quotes the following ones up to the one that closes it, which is then odd
    when looked at alone. Where the next block with fences is even, the fence was simply never closed.
    """
    ends = [offset for offset, _ in starts[1:]] + [len(data)]
    texts = {number: data[starts[number][0] : ends[number]].decode("latin-1") for number in with_fences}
    quoted: set[int] = set()
    for position, number in enumerate(with_fences):
        marker = "" if number in quoted else fences.left_open(texts[number])
        if not marker:
            continue
        for later in islice(with_fences, position + 1, None):
            if not fences.left_open(texts[later]):
                break
            if not fences.left_open(texts[later], marker):
                quoted.update(range(number + 1, later + 1))
                break
    return [start for number, start in enumerate(starts) if number not in quoted]


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
