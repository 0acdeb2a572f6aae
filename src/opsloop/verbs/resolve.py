"""``resolve``: close an entry, or say that it is being worked on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import Entry, format_time

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace

CLOSED: Final = ("resolved", "wont_fix")
STATUSES: Final = (*CLOSED, "in_progress", "pending")


def resolve(
    ws: Workspace, entry_id: str, *, notes: str, status: str = "resolved", postmortem: str = "", actor: str = "cli"
) -> dict[str, Any]:
    """Set the status and write the resolution block; returns the id and the status."""
    if status not in STATUSES:
        msg = f"--status {status!r} is none of {' '.join(STATUSES)}; 'opsloop promote' sets the promoted ones"
        raise BadInput(msg)
    if not notes.strip():
        msg = "say what was done, or why the risk is accepted, with --notes"
        raise BadInput(msg)
    block = {"Postmortem": postmortem, "Notes": notes}
    if status in CLOSED:
        block = {"Resolved": format_time(ws.now.replace(microsecond=0)), **block}

    plan = _plan(ws, entry_id) if status == "resolved" else {}

    def close(entry: Entry) -> Entry:
        said = {label: text for label, text in block.items() if text}
        metadata = {**plan, **entry.metadata}
        return replace(entry, status=status, resolution={**entry.resolution, **said}, metadata=metadata)

    entry = ws.journal.edit(entry_id, close)
    ws.audit.record(actor=actor, action="resolve", subject=entry_id, detail=f"{status}: {notes}")
    return {"id": entry.id, "status": entry.status, "path": ws.journal.path_of(entry)}


def _plan(ws: Workspace, entry_id: str) -> dict[str, str]:
    """With what and when ``verify`` will compare; nothing where no signals are stored."""
    from opsloop.signals.store import FILE_NAME
    from opsloop.verbs.verify import planned

    if not (ws.state_path / FILE_NAME).exists():
        return {}
    plan = planned(ws, ws.journal.get(entry_id))
    return {label: text for label, text in plan.items() if label != "Promoted-At"}
