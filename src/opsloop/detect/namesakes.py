"""Entries of recurring patterns that should be read together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.model import Entry, Finding

RECURRING: Final = 3
"""From this many occurrences on a pattern is linked with its relatives (the mission's "3+ occurrences")."""


class Namesakes:
    """Which entries a recurring pattern should be read with, found without a look at all the others."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._by_subject: dict[str, list[Entry]] = defaultdict(list)
        self._place: dict[str, int] = {}
        for place, entry in enumerate(entries):
            if entry.pattern_key and entry.skill in (None, "operations"):
                self._place[entry.id] = place
                self._by_key[entry.pattern_key].append(entry)
                self._by_subject[_subject(entry.pattern_key)].append(entry)

    def related(self, entry: Entry, finding: Finding) -> list[Entry]:
        """The entry's namesakes, and the patterns that the finding spans, in the order of the entries."""
        if finding.count < RECURRING:
            return []
        lists = [self._by_key.get(key, ()) for key in finding.metrics.get("patterns") or ()]
        lists.append(self._by_subject.get(_subject(finding.pattern_key), ()))
        found = {other.id: other for alike in lists for other in alike if _may_be_linked(entry, other)}
        return sorted(found.values(), key=lambda other: self._place[other.id])


def _may_be_linked(entry: Entry, other: Entry) -> bool:
    """Not to itself, nor to what it is merged with: a split could not take that back."""
    merged = other.id == entry.metadata.get("Merged-Into") or entry.id == other.metadata.get("Merged-Into")
    return other.id != entry.id and not merged


def _subject(pattern_key: str) -> str:
    return pattern_key.partition(".")[2]
