"""A journal file's bytes -> the bytes of its entries, fast, and what is wrong in them."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.markdown import fences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_HEADING: Final = rb"## \[(?:([A-Za-z]{2,8}-\d{8}-[A-Za-z0-9]+)\]|(?:LRN|OPS|FEAT|ERR)\b)"
_FIRST: Final = re.compile(rb"%b|( *(?:```|~~~))" % _HEADING)
_MARK: Final = re.compile(rb"\n(?=[#`~ ])(?:%b)" % _FIRST.pattern)
"""What divides a file: an entry's heading (its id is the first group), or what may be a code fence (the second)."""
_FENCE: Final = 2
_CONFLICT: Final = re.compile(rb"^(?:<<<<<<<|>>>>>>>)(?: .*)?\r?$", re.MULTILINE)
_BLANK: Final = b" \t\r\n"
_PORTION: Final = 1 << 18
"""Bytes that the processor's cache holds while they are looked at several times."""

_Start = tuple[int, bytes]
Span = tuple[bytes, int, int]
"""The id of a block, empty where it is no entry, and where it starts and ends."""


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


def spans(data: bytes) -> list[Span]:
    """Where the blocks of ``split`` are, for those who need not hold them all."""
    return _between([*_starts(data), (len(data), b"")])


def portions(file: BinaryIO, length: int = _PORTION) -> Iterator[tuple[bytes, list[Span]]]:
    """A file bit by bit, each with the blocks that are whole in it: together the blocks of ``split``.

    A bit ends before an entry whose code fence may be closed by what follows. One that nothing closes thus makes the
    bits longer, each twice as long as the one before.
    """
    held = b""
    while more := file.read(max(length, len(held))):
        held += more
        starts = _starts(held, more_follows=True)
        if end := starts[-1][0]:
            yield held, _between(starts)
            held = held[end:]
    yield held, spans(held)


def self_contained(data: bytes) -> bool:
    """Whether nothing that may stand behind it changes where its blocks are: a code fence that is left open could, and
    so could the rest of a line.
    """
    starts, fenced = _marks(data)
    return _quoted(data, starts, fenced)[1] == len(starts) and (not data or data.endswith(b"\n"))


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


def _between(starts: list[_Start]) -> list[Span]:
    return [(entry_id, start, end) for (start, entry_id), (end, _) in pairwise(starts)]


def _starts(data: bytes, *, more_follows: bool = False) -> list[_Start]:
    """Where the blocks begin, as (offset, id). Where more follows than ``data``, no further than up to the last place
    that is certain whatever that says.
    """
    starts, fenced = _marks(data)
    if more_follows:
        fenced.pop(len(starts) - 1, None)  # the last block is not all there
    quoted, doubtful = _quoted(data, starts, fenced) if fenced else (frozenset(), len(starts))
    if more_follows:
        del starts[doubtful + 1 :]
    return [start for number, start in enumerate(starts) if number not in quoted] if quoted else starts


def _marks(data: bytes) -> tuple[list[_Start], dict[int, int]]:
    """Every line that looks like an entry's heading, after a start for what precedes them; and the numbers of those
    blocks that hold anything like a code fence, each with where the first one is.
    """
    starts: list[_Start] = [(0, b"")]
    fenced: dict[int, int] = {}
    first = _FIRST.match(data)
    if first and first.lastindex == _FENCE:
        fenced[0] = 0
    elif first:
        starts.append((0, first[1] or b""))
    for mark in _MARK.finditer(data):
        if mark.lastindex == _FENCE:
            fenced.setdefault(len(starts) - 1, mark.start() + 1)
        else:
            starts.append((mark.start() + 1, mark[1] or b""))
    return starts, fenced


def _quoted(data: bytes, starts: list[_Start], fenced: dict[int, int]) -> tuple[frozenset[int], int]:
    """The numbers of blocks that are none, for their heading stands inside a code fence of the entry before them; and
    that of the first block whose fence may still be closed by what follows.

    A fence left open at the end of a block quotes the following ones up to the one that closes it, which is then odd
    when looked at alone. Where the next block with fences is even, the fence was simply never closed.
    """
    ends = [offset for offset, _ in starts[1:]] + [len(data)]
    texts = {number: data[place : ends[number]].decode("latin-1") for number, place in fenced.items()}
    quoted: set[int] = set()
    doubtful = len(starts)
    for position, number in enumerate(fenced):
        marker = "" if number in quoted else fences.left_open(texts[number])
        if not marker:
            continue
        for later in islice(fenced, position + 1, None):
            if not fences.left_open(texts[later]):
                break
            if not fences.left_open(texts[later], marker):
                quoted.update(range(number + 1, later + 1))
                break
        else:
            doubtful = min(number, doubtful)
    return frozenset(quoted), doubtful


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
