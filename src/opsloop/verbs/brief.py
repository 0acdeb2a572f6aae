"""``show ID --brief``: an entry in a few masked lines with its path, fit to be sent to another session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.redact import clean_external, quote_external

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

_LINE: Final = 240
"""Characters of one part."""


def brief(ws: Workspace, entry_id: str) -> dict[str, Any]:
    """Id, path and text: what it is, how bad, what to do, where the rest is; framed where it came from outside.

    Raises NotFound.
    """
    entry = ws.journal.get(entry_id)
    path = ws.journal.path_of(entry)
    known = ", ".join(filter(None, (entry.severity, entry.status, entry.service)))
    lines = [
        f"{entry.id} ({known}): {_short(ws, _about(entry))}",
        *(f"{label}: {_short(ws, text)}" for label, text in _parts(entry).items() if text.strip()),
        f"All of it: {path}, opsloop show {entry.id}",
    ]
    text = "\n".join(lines)
    return {"id": entry.id, "path": path, "text": quote_external(text, path) if entry.origin else text}


def _about(entry: Entry) -> str:
    return entry.summary or entry.requested_capability or entry.title


def _parts(entry: Entry) -> dict[str, str]:
    cause, fix = entry.root_cause, entry.mitigation or entry.suggested_action or entry.suggested_implementation
    return {"Cause": cause, "Do": fix, "Solved": entry.resolution.get("Notes", "")}


def _short(ws: Workspace, text: str) -> str:
    return clean_external(" ".join(ws.redact(text).split()), _LINE)
