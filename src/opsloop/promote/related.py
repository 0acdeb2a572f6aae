"""Which entries belong together: those of one pattern, and those linked to each other. Each is looked at once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsloop.model import Entry

_WORD: Final = re.compile(r"[^\s,;()\[\]]+")
_SERVICES: Final = ("Service", "Services Affected", "Services")


class Reach(NamedTuple):
    """Where a pattern shows: all services, environments and teams that its entries speak of."""

    services: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    def __or__(self, other: Reach) -> Reach:
        return Reach(*(ours | theirs for ours, theirs in zip(self, other, strict=True)))


class Related:
    """The relations among ``entries``. A link counts in both directions, whichever of the two it stands in.

    What an entry's pattern has in common is computed once a pattern, not once an entry: a pattern of n entries costs n.
    """

    def __init__(self, entries: Sequence[Entry], *, labels: Sequence[str] = ("See Also", "Related Incidents")) -> None:
        """``labels``: the metadata that hold links."""
        self.entries = entries
        self._labels = labels
        self._by_id = {entry.id: entry for entry in entries}
        self._place = {entry.id: place for place, entry in enumerate(entries)}
        self._of_pattern: dict[str, list[Entry]] = defaultdict(list)
        self._linked: dict[str, dict[str, None]] = defaultdict(dict)
        self._reaches: dict[str, Reach] = {}
        for entry in entries:
            if entry.pattern_key is not None:
                self._of_pattern[entry.pattern_key].append(entry)
            for other in self._links(entry):
                self._linked[entry.id][other] = None
                self._linked[other][entry.id] = None

    def of(self, entry: Entry) -> list[Entry]:
        """The others of its pattern and those linked to it, in the order of ``entries``."""
        same = self._of_pattern.get(entry.pattern_key or "", ())
        found = {other.id: other for other in same} | {name: self._by_id[name] for name in self._linked_to(entry)}
        found.pop(entry.id, None)
        return sorted(found.values(), key=lambda other: self._place[other.id])

    def reach(self, entry: Entry) -> Reach:
        """Where the entry's pattern and what is linked to it show, its own place included."""
        reach = reach_of(entry) | self._reach_of_pattern(entry.pattern_key)
        for name in self._linked_to(entry):
            reach |= reach_of(self._by_id[name])
        return reach

    def _reach_of_pattern(self, key: str | None) -> Reach:
        if key is None:
            return Reach()
        if key not in self._reaches:
            reaches = [reach_of(entry) for entry in self._of_pattern.get(key, ())]
            self._reaches[key] = Reach(*(frozenset().union(*sets) for sets in zip(*reaches, strict=True)))
        return self._reaches[key]

    def _linked_to(self, entry: Entry) -> Iterator[str]:
        yield from self._linked.get(entry.id, ())

    def _links(self, entry: Entry) -> Iterator[str]:
        for label in self._labels:
            for word in _WORD.findall(entry.metadata.get(label, "")):
                name = word.rstrip(".:")
                if name in self._by_id and name != entry.id:
                    yield name


def reach_of(entry: Entry) -> Reach:
    """What one entry speaks of."""
    environment = entry.metadata.get("Environment")
    return Reach(
        services=_names(entry, *_SERVICES),
        environments=frozenset({environment} if environment is not None else ()),
        teams=_names(entry, "Teams"),
    )


def _names(entry: Entry, *labels: str) -> frozenset[str]:
    named = (name.strip() for label in labels for name in entry.metadata.get(label, "").split(","))
    return frozenset(filter(None, named))
