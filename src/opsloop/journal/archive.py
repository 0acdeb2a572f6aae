"""Moving closed entries out of the way: into a file a year, byte for byte, and still read, found and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop import markdown
from opsloop.errors import Conflict
from opsloop.journal import durable
from opsloop.journal.layout import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opsloop.journal import Journal
    from opsloop.journal.ledger import Ledger
    from opsloop.markdown import Block
    from opsloop.model import Entry, Kind


def archive(journal: Journal, wanted: Callable[[Entry], bool], *, dry_run: bool = False) -> list[tuple[str, str]]:
    """Move the entries that are ``wanted``; returns (id, path of the file it is in then).

    An entry is written to its new file before it leaves the old one: a crash in between leaves it in both, where it
    counts once, and the next run finishes the move.
    """
    moved: list[tuple[str, str]] = []
    with journal.locked() as ledger:
        for path, kind in journal.layout.files(archived=False):
            data, seen = durable.read(path)
            by_year: dict[str, list[Block]] = {}
            for block in markdown.split(data):
                if block.id and not block.conflicted and wanted(_entry(block, kind)):
                    by_year.setdefault(block.id.split("-")[1][:4], []).append(block)
            for year, blocks in by_year.items():
                target = journal.layout.archived(kind, year)
                moved += [(block.id, journal.layout.relative(target)) for block in blocks]
                if not dry_run:
                    _add(target, kind, blocks, ledger)
            if by_year and not dry_run:
                gone = {block.offset for blocks in by_year.values() for block in blocks}
                left = b"".join(block.raw for block in markdown.split(data) if block.offset not in gone or not block.id)
                if not durable.replace(path, left, seen=seen):
                    msg = f"{journal.layout.relative(path)} changed meanwhile; run the command again to finish"
                    raise Conflict(msg)
                ledger.replaced(path)
    return moved


def _add(path: Path, kind: Kind, blocks: list[Block], ledger: Ledger) -> None:
    """Append to an archive what is not in it yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.replace(path, HEADERS[kind].encode(), seen=None)
    data = path.read_bytes()
    held = {block.raw.strip() for block in markdown.split(data)}
    text = b""
    for block in blocks:
        if block.raw.strip() not in held:
            raw = block.raw.rstrip() + b"\n"
            text += markdown.closing(data + text) + b"\n" + raw
    if text:
        durable.append(path, text)
    ledger.adopt([path])


def _entry(block: Block, kind: Kind) -> Entry:
    return markdown.parse(block.raw.decode("utf-8", "replace"), kind)
