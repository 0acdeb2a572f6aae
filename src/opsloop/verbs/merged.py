"""What an entry stands for while others are merged into it: their evidence and its own, each signal counted once.

Computed whenever it is looked at and never written: each entry keeps its own figures, so ``split`` has nothing to undo.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from opsloop.errors import NotFound
from opsloop.verbs.patterns import MERGED_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.journal import Journal
    from opsloop.model import Entry

_SHOWN: Final = 20
_REST: Final = re.compile(r" \(the latest \d+ of \d+\)$")


def standing_for(entry: Entry, journal: Journal) -> Entry:
    """The entry with the count, the dates and the evidence of all that is merged into it; others as they are."""
    ids = [name.strip() for name in entry.metadata.get(MERGED_FROM, "").split(",") if name.strip()]
    folded = []
    for name in ids:
        with suppress(NotFound):  # deleted by hand
            folded.append(journal.get(name))
    return replace(entry, metadata={**entry.metadata, **_together((entry, *folded))}) if folded else entry


def _together(entries: Iterable[Entry]) -> dict[str, str]:
    known = list(entries)
    lists = [_evidence(entry) for entry in known]
    counted = [_count(entry, listed) for entry, listed in zip(known, lists, strict=True)]
    union = list(dict.fromkeys(signal for listed in reversed(lists) for signal in listed))
    count = sum(counted) - (sum(map(len, lists)) - len(union))
    shown = ", ".join(union[-_SHOWN:])
    figures = {
        "Recurrence-Count": str(count) if count else "",
        "First-Seen": min(filter(None, (entry.metadata.get("First-Seen", "")[:10] for entry in known)), default=""),
        "Last-Seen": max((entry.metadata.get("Last-Seen", "")[:10] for entry in known), default=""),
        "Evidence": shown if count <= _SHOWN else f"{shown} (the latest {len(union[-_SHOWN:])} of {count})",
    }
    return {name: text for name, text in figures.items() if text}


def _evidence(entry: Entry) -> list[str]:
    listed = _REST.sub("", entry.metadata.get("Evidence", ""))
    return [signal for part in listed.split(",") if (signal := part.strip())]


def _count(entry: Entry, listed: list[str]) -> int:
    """How often it was seen; an entry that says nothing was seen once."""
    said = entry.metadata.get("Recurrence-Count", "")
    return max(int(said) if said.isdigit() else 1, len(listed))
