"""The learnings as Markdown files: read, append, edit. The files are the truth; whatever else exists is derived.

Readers take no lock. Writers hold one lock for the whole journal; an append is on the disk when it returns, an edit
replaces the file wholly and only if the entry is still what was read.
"""

from __future__ import annotations

import gc
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from filelock import FileLock, Timeout

from opsloop import markdown
from opsloop.errors import BadInput, Conflict, ExternallyChanged, NotFound, OpsloopError, OutsideFailed
from opsloop.journal import durable
from opsloop.journal.layout import HEADERS, Gitignore, Layout, Made
from opsloop.journal.ledger import Ledger
from opsloop.journal.masking import masked
from opsloop.markdown import Problem
from opsloop.model import ENTRY_KINDS, Entry, Kind, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from opsloop.journal.durable import Stamp
    from opsloop.markdown import Block

    Change = Callable[[Entry], Entry]

__all__ = ["Journal", "Problem"]

OUR_SKILL: Final = "operations"
_LOCK_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.003
_TRIES: Final = 5
_LEDGER: Final = "journal.json"
_CLOSED: Final = (b"\n---\n", b"\n---\r\n")
_ID: Final = re.compile(r"[A-Z]+-\d{8}-[A-Za-z0-9]+")


class _Place(NamedTuple):
    """Where an entry stands; ``kind`` is that of the file."""

    path: Path
    kind: Kind
    block: Block


class _Edit(NamedTuple):
    """What an edit makes of a block: ``raw``, which reads as ``entry``."""

    path: Path
    block: Block
    raw: bytes
    entry: Entry


class Journal:
    """The journal of one project. ``redact`` is applied to every text before it is written."""

    def __init__(self, root: Path, *, redact: Callable[[str], str]) -> None:
        self.layout = Layout(root)
        self._state = root / ".opsloop"
        self._redact = redact
        self._parsed: dict[Path, tuple[Stamp, list[Entry]]] = {}
        self._paths: dict[str, Path] = {}

    def init(self, *, stacked: bool = False, gitignore: Gitignore | None = None) -> Made:
        """Create what is missing; overwrite nothing."""
        return self.layout.init(stacked=stacked, gitignore=gitignore)

    def entries(self, *, archived: bool = True) -> list[Entry]:
        """Every entry, in the order of the files; one that stands there again word for word counts once."""
        found: list[Entry] = []
        seen: dict[str, Entry] = {}
        for path, kind in self.layout.files(archived=archived):
            entries = self._entries_of(path, kind)
            found += [e for e in entries if seen.setdefault(e.id, e) is e or seen[e.id] != e]
        return found

    def get(self, entry_id: str) -> Entry:
        """The entry of that id, the first where there are several; raises NotFound."""
        place = self._find(entry_id)[0]
        return _entry(place.block, place.kind)

    def path_of(self, entry: Entry) -> str:
        """The file that holds an entry, relative to the root; where it would go when it is in none."""
        path = self._paths.get(entry.id)
        if path is None or not path.exists():
            try:
                path = self._find(entry.id)[0].path
            except NotFound:
                path = self.layout.home(entry.kind)
        return self.layout.relative(path)

    def append(self, entry: Entry) -> Entry:
        """Write one entry and return it as it will be read, with its id. On the disk when this returns."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Iterable[Entry]) -> list[Entry]:
        """Write entries under one lock, with one fsync a file; ids are given in order where they are empty."""
        drafts = [masked(entry, self._redact) for entry in entries]
        with self.locked() as ledger:
            paths = [path for path, _ in self.layout.files()]
            numbered = [self._with_id(draft, ledger, paths) for draft in drafts]
            for kind in dict.fromkeys(entry.kind for entry in numbered):
                self._write(kind, [entry for entry in numbered if entry.kind == kind], ledger)
        return [markdown.parse(markdown.render(entry), entry.kind) for entry in numbered]

    def edit(self, entry_id: str, change: Change) -> Entry:
        """Replace an entry by what ``change`` makes of it; every byte that it does not concern stays.

        Raises NotFound; ExternallyChanged when the entry's text changed meanwhile; Conflict where it stands twice
        or has merge-conflict markers; BadInput for an entry of another skill.
        """
        with self.locked() as ledger:
            edited = self._edited(entry_id, self._find(entry_id), change)
            self._write_edits([edited], ledger)
        return edited.entry

    def edit_all(self, changes: Mapping[str, Change]) -> dict[str, Entry | OpsloopError]:
        """``edit`` for many entries: each file is read and replaced once.

        Returns each entry as it is now, or why it could not be edited, which hinders no other one. Raises
        ExternallyChanged when a file changed meanwhile: then nothing was written to it.
        """
        done: dict[str, Entry | OpsloopError] = {}
        with self.locked() as ledger:
            places = self._places(changes)
            edits = []
            for entry_id, change in changes.items():
                try:
                    edits.append(self._edited(entry_id, places.get(entry_id, []), change))
                    done[entry_id] = edits[-1].entry
                except OpsloopError as error:
                    done[entry_id] = error
            self._write_edits(edits, ledger)
        return done

    def problems(self) -> list[Problem]:
        """What reading had to guess about, with file and line; and ids that stand for more than one entry."""
        found: list[Problem] = []
        first: dict[str, tuple[str, bytes]] = {}
        for path, _ in self.layout.files():
            name = self.layout.relative(path)
            data, _ = durable.read(path)
            found += markdown.inspect(name, data)
            for block in markdown.split(data):
                place, raw = first.setdefault(block.id, (name, block.raw))
                if block.id and raw is not block.raw:
                    same = "with the same text" if raw.strip() == block.raw.strip() else "with another text"
                    line = data.count(b"\n", 0, block.offset) + 1
                    found.append(Problem(name, line, f"{block.id} stands here again {same}; first in {place}"))
        return found

    def lineage(self, path: Path) -> str | None:
        """A name that stays the same while a file only grows by our appends; None when it is not as we left it."""
        return Ledger(self._state / _LEDGER).lineage(path)

    def _entries_of(self, path: Path, kind: Kind) -> list[Entry]:
        """The entries of one file, parsed again only when it changed."""
        known = self._parsed.get(path)
        if known is None or known[0] != durable.stamp(path):
            with _uncollected():
                entries, state = durable.steadily(path, lambda file: _parsed(file, kind))
            known = self._parsed[path] = state, entries
            self._paths |= {entry.id: path for entry in reversed(entries)}
        return known[1]

    def _find(self, entry_id: str) -> list[_Place]:
        """Where an id stands; raises NotFound when nowhere."""
        found: list[_Place] = []
        for path, kind in self.layout.files():
            data, _ = durable.read(path)
            if f"[{entry_id}]".encode("utf-8", "replace") in data:
                found += [_Place(path, kind, block) for block in markdown.split(data) if block.id == entry_id]
        if not found:
            raise _not_found(entry_id)
        self._paths[entry_id] = found[0].path
        return found

    def _places(self, wanted: Collection[str]) -> dict[str, list[_Place]]:
        """Where many ids stand, by one look at each file."""
        found: dict[str, list[_Place]] = {}
        for path, kind in self.layout.files():
            for block in markdown.split(durable.read(path)[0]):
                if block.id in wanted:
                    found.setdefault(block.id, []).append(_Place(path, kind, block))
        return found

    def _edited(self, entry_id: str, places: Sequence[_Place], change: Change) -> _Edit:
        """What an edit would write; raises where the entry may not be edited."""
        place = self._only_one(entry_id, places)
        old = _entry(place.block, place.kind)
        new = masked(change(old), self._redact, unless_in=old)
        if (new.id, new.kind) != (old.id, old.kind):
            msg = f"{entry_id}: an edit cannot change an entry's id or kind"
            raise BadInput(msg)
        raw = markdown.rewrite(place.block.raw, new, place.kind)
        return _Edit(place.path, place.block, raw, _entry(place.block._replace(raw=raw), place.kind))

    def _only_one(self, entry_id: str, places: Sequence[_Place]) -> _Place:
        """The one place of an entry that may be edited."""
        if not places:
            raise _not_found(entry_id)
        place, *others = places
        name = self.layout.relative(place.path)
        if others:
            msg = f"{entry_id} stands {1 + len(others)} times in {name}; leave one, or give the others new ids"
            raise Conflict(msg)
        if place.block.conflicted:
            msg = f"{entry_id} in {name} has merge-conflict markers; resolve the conflict first"
            raise Conflict(msg)
        skill = _entry(place.block, place.kind).skill or OUR_SKILL
        if OUR_SKILL not in skill:
            msg = f"{entry_id} in {name} belongs to the skill {skill!r}, which alone rewrites its entries"
            raise BadInput(msg)
        return place

    def _with_id(self, entry: Entry, ledger: Ledger, paths: list[Path]) -> Entry:
        """The entry with the id it brings, if that is free, or the next one of its day."""
        prefix = ENTRY_KINDS[entry.kind][0]
        if not entry.id:
            entry = replace(entry, logged=entry.logged or format_time(datetime.now(UTC)))
            day = f"{prefix}-{parse_time(entry.logged or '', timezone=UTC):%Y%m%d}"
            return replace(entry, id=f"{day}-{ledger.next_number(day, paths):03d}")
        if not _ID.fullmatch(entry.id) or not entry.id.startswith(prefix):
            msg = f"{entry.id!r} is no id of {entry.kind} entries; they look like {prefix}-20260131-001"
            raise BadInput(msg)
        if any(f"## [{entry.id}]".encode() in path.read_bytes() for path in paths):
            msg = f"{entry.id} exists already; leave the id out to get a new one"
            raise Conflict(msg)
        return entry

    def _write(self, kind: Kind, entries: list[Entry], ledger: Ledger) -> None:
        """Append to the kind's file, which is made with its header when missing."""
        path = self.layout.home(kind)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            durable.replace(path, HEADERS[kind].encode(), seen=None)
            ledger.adopt([path])
        end = durable.tail(path, len(_CLOSED[1]))
        text = "".join("\n" + markdown.render(entry) for entry in entries)
        if end.endswith(b"\r\n"):
            text = text.replace("\n", "\r\n")
        before = b"" if end.endswith(_CLOSED) else markdown.closing(path.read_bytes())
        data = before + text.encode()
        durable.append(path, data)
        ledger.appended(path, len(data))
        self._paths |= dict.fromkeys((entry.id for entry in entries), path)

    def _write_edits(self, edits: Iterable[_Edit], ledger: Ledger) -> None:
        """Replace each file that an edit changes, once."""
        by_path: dict[Path, dict[str, _Edit]] = defaultdict(dict)
        for edit in edits:
            if edit.raw != edit.block.raw:
                by_path[edit.path][edit.block.id] = edit
        for path, changed in by_path.items():
            self._replace_blocks(path, changed)
            ledger.replaced(path)

    def _replace_blocks(self, path: Path, edits: Mapping[str, _Edit]) -> None:
        """Write what the edits make of their blocks, if those still say what was read."""
        for _ in range(_TRIES):
            data, seen = durable.read(path)
            fresh = [found for found in markdown.split(data) if found.id in edits]
            said: dict[str, list[bytes]] = defaultdict(list)
            for found in fresh:
                said[found.id].append(found.raw.rstrip())
            for entry_id, edit in edits.items():
                if said[entry_id] != [edit.block.raw.rstrip()]:
                    raise ExternallyChanged(entry_id, self.layout.relative(path))
            parts, end = [], 0
            for found in fresh:
                parts += [data[end : found.offset], edits[found.id].raw.rstrip()]
                end = found.offset + len(found.raw.rstrip())
            if durable.replace(path, b"".join((*parts, data[end:])), seen=seen):
                return
        msg = f"{self.layout.relative(path)} is being changed by somebody else all the time; run the command again"
        raise Conflict(msg)

    @contextmanager
    def locked(self) -> Iterator[Ledger]:
        """Hold the journal's lock; what was learned about the files is kept at the end."""
        self._state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._state / "journal.lock", timeout=_LOCK_SECONDS, poll_interval=_POLL_SECONDS)
        try:
            with lock:
                ledger = Ledger(self._state / _LEDGER)
                ledger.adopt(path for path, _ in self.layout.files())
                yield ledger
                ledger.save()
        except Timeout:
            msg = f"another process has held the journal's lock for {_LOCK_SECONDS} s; is one stuck?"
            raise OutsideFailed(msg) from None
        except OSError as error:
            msg = f"the journal cannot be written: {error.strerror or error} {error.filename or ''}"
            raise OutsideFailed(msg) from None


def _not_found(entry_id: str) -> NotFound:
    return NotFound("entry", entry_id, hint="'opsloop list' shows the ids")


def _entry(block: Block, kind: Kind) -> Entry:
    return markdown.parse(block.raw.decode("utf-8", "replace"), kind)


def _parsed(file: BinaryIO, kind: Kind) -> list[Entry]:
    entries: list[Entry] = []
    for data, spans in markdown.portions(file):
        entries += [markdown.parse(data[a:b].decode("utf-8", "replace"), kind) for entry_id, a, b in spans if entry_id]
    return entries


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking a growing list again and again: a third of the time at 100,000. What is
    read stays: it joins the oldest generation (frozen and thawed) without being walked as if it were short-lived.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
