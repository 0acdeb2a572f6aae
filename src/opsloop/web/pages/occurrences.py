"""On which days each learning's pattern occurred."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

Days = dict[str, int]
"""ISO date -> how often."""
_REST: Final = re.compile(r" \(the latest \d+ of \d+\)$")


def evidence_of(entry: Entry) -> list[str]:
    """The ids of the signals that the entry names."""
    listed = _REST.sub("", entry.metadata.get("Evidence", ""))
    return [one.strip() for one in listed.split(",") if one.strip()]


def days_of(ws: Workspace, entries: Iterable[Entry]) -> dict[str, Days]:
    """Occurrences by day of each entry, by its id: of those it names itself where it names all, which costs little,
    else as its proof would count them.
    """
    told = {entry.id: entry for entry in entries}
    named = {entry.id: evidence_of(entry) for entry in told.values() if _names_all(entry)}
    at = {one.id: f"{one.at:%Y-%m-%d}" for one in ws.store.named([one for ids in named.values() for one in ids])}
    found = {entry_id: dict(Counter(at[one] for one in ids if one in at)) for entry_id, ids in named.items()}
    rest = [entry for entry in told.values() if entry.id not in named]
    return found | (_counted(ws, rest) if rest else {})


def _names_all(entry: Entry) -> bool:
    listed = evidence_of(entry)
    return bool(listed) and entry.metadata.get("Recurrence-Count") == str(len(listed))


def _counted(ws: Workspace, entries: Iterable[Entry]) -> dict[str, Days]:
    from opsloop.verbs.verify import proofs

    occurrences = proofs(ws).occurrences
    return {entry.id: dict(Counter(f"{one.at:%Y-%m-%d}" for one in occurrences.of(entry))) for entry in entries}
