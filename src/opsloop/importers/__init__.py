"""Entries from what people already have: learnings of other skills, written postmortems and runbooks, exports.

Everything here is text from outside. It is cleaned before it becomes an entry, each entry says where it came from,
and a key made from its source lets a second import find it again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop.errors import BadInput, NotFound
from opsloop.importers import exports, learnings, postmortems, runbooks
from opsloop.importers.draft import slug
from opsloop.journal.masking import masked
from opsloop.redact import clean_external, labels_only

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from opsloop.importers.draft import Draft
    from opsloop.model import Entry

KEY: Final = "Import-Key"
ORIGIN: Final = "Imported-From"

_TEXT_LIMIT: Final = 20_000
_FILE_LIMIT_BYTES: Final = 64_000_000
_FLOOR_WORDS: Final = 5
"""An entry that says less teaches nothing."""
_OURS: Final = frozenset({"approved-at", "approved-by", "detector", "promoted-at", "user-flagged", "verdict"})
"""Metadata that a person or this program vouches with: no file can bring them along."""
_PASSED_OVER: Final = frozenset({".git", ".opsloop", "node_modules", ".venv"})


class Found(NamedTuple):
    """What a folder holds: entries to write, with their key in the metadata, and what was left out and why."""

    entries: list[Entry]
    skipped: list[tuple[str, str]]


def read_folder(folder: Path, *, redact: Callable[[str], str], own: Collection[Path] = ()) -> Found:
    """Read every Markdown, JSON and CSV file below ``folder`` except ``own``, the files of this journal itself."""
    if not folder.exists():
        raise NotFound("folder", str(folder))
    found = Found([], [])
    seen: set[str] = set()
    ours = {path.resolve() for path in own}
    for path in _files(folder):
        if path.resolve() in ours:
            continue
        try:
            drafts = _drafts(path)
        except BadInput as error:
            found.skipped.append((path.name, str(error)))
            continue
        for draft in drafts:
            key = sha256("\n".join(draft.identity).encode("utf-8", "replace")).hexdigest()[:16]
            if key in seen:
                continue
            seen.add(key)
            entry = _cleaned(draft, key, redact)
            if _words(entry) < _FLOOR_WORDS:
                found.skipped.append((entry.metadata[ORIGIN], "says too little to learn from"))
            else:
                found.entries.append(entry)
    return found


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.suffix.lower() in {".md", ".json", ".csv"} and path.is_file() and not _PASSED_OVER.intersection(inside):
            yield path


def _drafts(path: Path) -> list[Draft]:
    if path.stat().st_size > _FILE_LIMIT_BYTES:
        msg = f"larger than {_FILE_LIMIT_BYTES // 1_000_000} MB"
        raise BadInput(msg)
    data = path.read_bytes()
    if path.suffix.lower() != ".md":
        return exports.drafts(path.name, data.decode("utf-8-sig", "replace"))
    text = data.decode("utf-8-sig", "replace")
    return learnings.drafts(path.name, data) or runbooks.drafts(path.name, text) or postmortems.drafts(path.name, text)


def _cleaned(draft: Draft, key: str, redact: Callable[[str], str]) -> Entry:
    """The entry without control characters, secrets and over-long texts, with its origin and a name.

    It gets an id of this journal.
    """
    entry = masked(draft.entry, lambda text: redact(clean_external(text, _TEXT_LIMIT)))
    origin = redact(clean_external(" ".join(draft.origin.split()), 200))
    if not entry.name and entry.kind != "learning":
        entry = replace(entry, name=slug(labels_only(redact(draft.title))))
    said = {label: text for label, text in entry.metadata.items() if label.lower() not in _OURS}
    return replace(entry, id="", skill="operations", metadata={**said, ORIGIN: origin, KEY: key})


def _words(entry: Entry) -> int:
    texts = [entry.summary, entry.details, entry.root_cause, entry.mitigation, entry.requested_capability]
    texts += entry.extra_sections.values()
    return len(re.findall(r"\w+", " ".join(texts)))
