"""Promotions that somebody turned down: not proposed again until the entry has new evidence."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from opsloop.journal import durable

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """``evidence`` is what was known of the entry when it was turned down."""

    entry_id: str
    target: str
    reason: str
    at: str
    evidence: str


def evidence_of(entry: Entry) -> str:
    """What counts as evidence: how often and when last it was seen, and what is linked to it."""
    names = ("Recurrence-Count", "Last-Seen", "See Also", "Related Incidents")
    return " | ".join(entry.metadata.get(name, "") for name in names)


class Rejections:
    """The remembered rejections at ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Rejection]:
        """Oldest first."""
        try:
            return [Rejection(**record) for record in json.loads(self._path.read_bytes())]
        except FileNotFoundError:
            return []

    def add(self, rejection: Rejection) -> None:
        """Remember it, in place of an earlier one of the same entry and target. Call it under the lock."""
        same = (rejection.entry_id, rejection.target)
        kept = [one for one in self.all() if (one.entry_id, one.target) != same]
        text = json.dumps([asdict(one) for one in (*kept, rejection)], ensure_ascii=False, indent=1)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        durable.replace(self._path, text.encode("utf-8"), seen=durable.stamp(self._path))

    def standing(self) -> dict[tuple[str, str], Rejection]:
        """All by entry id and target, read once; each stands as long as ``evidence_of`` its entry is the same."""
        return {(one.entry_id, one.target): one for one in self.all()}
