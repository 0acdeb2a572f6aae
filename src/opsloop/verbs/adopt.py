"""``adopt``: a person has read an entry that came from outside and stands for its words; ``disown`` takes that back.

Until then promoted files only quote it. Adopting is for people: agents have no tool for it, an import can't bring it
along, and what a detector later learns reaches an adopted entry as figures and plain names alone.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, Conflict
from opsloop.markdown import render
from opsloop.model import format_time
from opsloop.redact import clean_external
from opsloop.verbs.journals import own_entry
from opsloop.verbs.quarantine import attempt

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

BY: Final = "Approved-By"
AT: Final = "Approved-At"
_NAME_LIMIT: Final = 80


def adoption(ws: Workspace, entry_id: str) -> dict[str, Any]:
    """The words that would be stood for, where they are from, what in them looks like an attempt, and ``seen``, which
    an adoption of just these words brings back. Raises BadInput where the words are a person's already.
    """
    entry = own_entry(ws, entry_id)
    _refuse_own(entry)
    return _document(ws, entry, status="proposed")


def adopt(ws: Workspace, entry_id: str, *, by: str, seen: str = "", actor: str = "cli") -> dict[str, Any]:
    """Write down that ``by`` stands for the entry's words; raises Conflict where they are not those ``seen``."""
    name = clean_external(" ".join(ws.redact(by).split()), _NAME_LIMIT)
    if not name:
        msg = "who stands for these words? give a name with --by"
        raise BadInput(msg)
    own_entry(ws, entry_id)

    def sign(entry: Entry) -> Entry:
        _refuse_own(entry)
        if seen and _fingerprint(entry) != seen:
            msg = f"{entry_id} does not say what was shown any more; look at it again"
            raise Conflict(msg)
        signed = {BY: name, AT: format_time(ws.now.replace(microsecond=0))}
        return replace(entry, metadata={**entry.metadata, **signed})

    entry = ws.journal.edit(entry_id, sign)
    ws.audit.record(actor=actor, action="adopt", subject=entry_id, detail=f"{name} stands for its words")
    return _document(ws, entry, status="adopted")


def disown(ws: Workspace, entry_id: str, *, actor: str = "cli") -> dict[str, Any]:
    """Take an adoption back: the entry is quoted again. Raises BadInput where nobody had adopted it."""
    name = own_entry(ws, entry_id).adopted_by
    if not name:
        msg = f"{entry_id} was not adopted by anybody"
        raise BadInput(msg)

    def unsign(entry: Entry) -> Entry:
        kept = {label: text for label, text in entry.metadata.items() if label not in {BY, AT}}
        return replace(entry, metadata=kept)

    entry = ws.journal.edit(entry_id, unsign)
    ws.audit.record(actor=actor, action="disown", subject=entry_id, detail=f"{name} stood for its words")
    return _document(ws, entry, status="disowned")


def _refuse_own(entry: Entry) -> None:
    if entry.origin:
        return
    said = f"is adopted by {entry.adopted_by}" if entry.adopted_by else "is a person's own"
    msg = f"{entry.id} {said}; only an entry that came from outside is adopted"
    raise BadInput(msg)


def _document(ws: Workspace, entry: Entry, *, status: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "path": ws.journal.path_of(entry),
        "status": status,
        "from": entry.door,
        "by": entry.adopted_by or None,
        "suspicious": attempt(entry),
        "text": render(entry).rstrip().removesuffix("---").rstrip(),
        "seen": _fingerprint(entry),
    }


def _fingerprint(entry: Entry) -> str:
    return sha256(render(entry).encode("utf-8", "surrogatepass")).hexdigest()[:16]
