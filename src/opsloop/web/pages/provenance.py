"""Whose words an entry holds, as its page and the lists say it: of what came from outside nobody has to guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

_DOORS: Final = {"import": "an imported file", "detector": "what tools reported"}


def provenance(ws: Workspace, entry: Entry) -> dict[str, Any] | None:
    """Where it is from, who stands for it, what looks like an attempt in it, and ``seen`` for the form; None for a
    person's own words.
    """
    if not entry.door:
        return None
    told = {"from": _from(entry), "origin": entry.origin, "by": entry.adopted_by}
    if entry.adopted_by:
        return told | {"since": entry.metadata.get("Approved-At", "")}
    from opsloop.verbs.adopt import adoption

    proposed = adoption(ws, entry.id)
    return told | {"suspicious": proposed["suspicious"], "seen": proposed["seen"]}


def _from(entry: Entry) -> str:
    file = entry.metadata.get("Imported-From", "")
    return f"{_DOORS[entry.door]} ({file})" if file else _DOORS[entry.door]
