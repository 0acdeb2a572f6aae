"""A file in portions of whole lines, so that a large one need not fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PORTION_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Part of a file. ``lines_before``: what to add to a line's number in ``body`` for its number in the file."""

    body: bytes
    lines_before: int


def portions(file: BinaryIO, *, table: bool) -> Iterator[Portion]:
    """A table, each part with its header row; one JSON document a line; anything else as one portion.

    A file has a document a line when its first line is an object from its first to its last character.
    """
    head = _first_line(file)
    line = head.strip()
    if not table and not (line.startswith(b"{") and line.endswith(b"}")):
        yield Portion(body=head + file.read(), lines_before=0)
        return
    header, rest, before = (head, b"", 0) if table else (b"", head, 0)
    for body in _parts(file, rest, quoted=table):
        yield Portion(body=header + body, lines_before=before)
        before += len(body.splitlines())


def _first_line(file: BinaryIO) -> bytes:
    """All up to the end of the first line that is not blank."""
    head = b""
    while line := file.readline():
        head += line
        if line.strip():
            break
    return head


def _parts(file: BinaryIO, rest: bytes, *, quoted: bool) -> Iterator[bytes]:
    """Whole lines; at least one part, also of nothing."""
    started = False
    while block := file.read(_PORTION_BYTES):
        rest += block
        cut = _line_end(rest, quoted=quoted)
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
            started = True
    if rest or not started:
        yield rest


def _line_end(body: bytes, *, quoted: bool) -> int:
    """Behind the last line; ``quoted``: a line break within quotation marks is none."""
    cut = body.rfind(b"\n") + 1
    while quoted and cut and body.count(b'"', 0, cut) % 2:
        cut = body.rfind(b"\n", 0, body.rfind(b'"', 0, cut)) + 1
    return cut
