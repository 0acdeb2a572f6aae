"""``link``: two entries that belong together name each other under See Also."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.verbs.journals import elsewhere, own_entry

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

SEE_ALSO: Final = "See Also"


def link(ws: Workspace, one: str, other: str, *, actor: str = "cli") -> dict[str, Any]:
    """Write See Also into the metadata of both; linking again changes nothing. Raises NotFound before it writes.

    ``other`` may be ``REPOSITORY#ID`` of another journal: then only the own entry is written.
    """
    if one == other:
        msg = f"{one} cannot be linked to itself"
        raise BadInput(msg)
    own_entry(ws, one)
    if "#" in other:
        elsewhere(ws, other)
    else:
        own_entry(ws, other)
    ws.journal.edit(one, lambda entry: with_link(entry, other))
    if "#" not in other:
        ws.journal.edit(other, lambda entry: with_link(entry, one))
    ws.audit.record(actor=actor, action="link", subject=one, detail=other)
    return {"id": one, "linked": other}


def with_link(entry: Entry, other: str) -> Entry:
    """The entry with ``other`` among its See Also."""
    named = [name.strip() for name in entry.metadata.get(SEE_ALSO, "").split(",")]
    names = ", ".join(dict.fromkeys([name for name in named if name] + [other]))
    return replace(entry, metadata={**entry.metadata, SEE_ALSO: names})
