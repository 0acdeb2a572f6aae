"""Entry: what a section of a journal file says, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self

from opsloop.errors import BadInput
from opsloop.model.drafts import draft_of
from opsloop.model.reading import items, labelled, one_of, text, timeline
from opsloop.model.times import format_time, parse_time
from opsloop.model.words import AREAS, CATEGORIES, ENTRY_KINDS, PRIORITIES, SEVERITIES, STATUSES, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One learning, issue or feature request: what a section of a journal file says.

    ``name`` is an issue's or feature's name, ``category`` a learning's category. ``extra_fields`` and
    ``extra_sections`` hold what the format does not name, so that nothing a hand or another tool wrote is lost.
    """

    kind: Kind
    id: str = ""
    category: str | None = None
    name: str | None = None
    logged: str | None = None
    priority: str | None = None
    status: str | None = "pending"
    severity: str | None = None
    area: str | None = None
    skill: str | None = "operations"
    summary: str = ""
    details: str = ""
    impact: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    root_cause: str = ""
    mitigation: str = ""
    prevention: str = ""
    timeline: tuple[tuple[str, str], ...] = ()
    action_items: tuple[str, ...] = ()
    suggested_action: str = ""
    requested_capability: str = ""
    user_context: str = ""
    complexity: str = ""
    suggested_implementation: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    resolution: Mapping[str, str] = field(default_factory=dict)
    extra_fields: Mapping[str, str] = field(default_factory=dict)
    extra_sections: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """``Entry(**values)`` in a third of the time, for reading very many."""
        draft: Any = _Draft(**values)
        draft.__class__ = cls
        return draft  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, record: Any, *, kind: Kind | None = None) -> Self:
        """Read the JSON form; raises BadInput that names the field. ``kind`` is what the caller already knows."""
        if not isinstance(record, dict):
            msg = "an entry is a JSON object"
            raise BadInput(msg)
        if unknown := record.keys() - _ENTRY_FIELDS:
            msg = f"unknown field {min(unknown)!r}; an entry has {' '.join(_ENTRY_ORDER)}"
            raise BadInput(msg)
        if kind and record.get("kind") not in (None, kind):
            msg = f"kind {record['kind']!r} is not {kind!r}, what was asked for"
            raise BadInput(msg)
        given = {name: value for name, value in record.items() if value is not None}
        values = {name: _READ_ENTRY.get(name, text)(given, name) for name in given}
        values["kind"] = kind or one_of(given, "kind", tuple(ENTRY_KINDS))
        for name, allowed in _ENTRY_WORDS.items():
            if values.get(name):
                one_of(values, name, allowed)
        if values.get("logged"):
            values["logged"] = format_time(parse_time(values["logged"]))
        return cls(**{name: value for name, value in values.items() if value is not None})

    def as_json(self) -> dict[str, Any]:
        """The JSON form, every field present: a timeline row is {time, event}, a checked action item begins "[x] "."""
        record = {name: getattr(self, name) for name in _ENTRY_ORDER}
        record |= {name: dict(record[name]) for name in _ENTRY_MAPS}
        record["timeline"] = [{"time": time, "event": event} for time, event in self.timeline]
        record["action_items"] = list(self.action_items)
        return record

    @property
    def title(self) -> str:
        """What stands behind the id in the heading."""
        return (self.category if self.kind == "learning" else self.name) or ""

    @property
    def pattern_key(self) -> str | None:
        """The stable key that makes two findings the same pattern, ``category.slug``; None where there is none."""
        return self.metadata.get("Pattern-Key") or None

    @property
    def origin(self) -> str:
        """Whose words these are: ``detector`` (it repeats what signals say), ``import``, or "" for a person's, or where
        a person has adopted them.
        """
        return origin_of(self.metadata)

    @property
    def door(self) -> str:
        """By which door it came, whoever stands for it now: ``detector``, ``import``, or "" for none."""
        return _door(self.metadata)

    @property
    def adopted_by(self) -> str:
        """``Approved-By``: the person who has read its words and stands for them; "" for nobody."""
        return _adopted_by(self.metadata)

    @property
    def answers_to(self) -> frozenset[str]:
        """The keys whose findings belong here: its own, even while merged, and those it was renamed from."""
        own = self.metadata.get("Own-Pattern-Key") or self.pattern_key or ""
        former = self.metadata.get("Pattern-Aliases", "").split(",")
        return frozenset(key for key in (own.strip(), *map(str.strip, former)) if key and key != "none")

    @property
    def service(self) -> str | None:
        """The service named by the metadata (an issue may name several; the first)."""
        named = self.metadata.get("Service") or self.metadata.get("Services Affected") or ""
        return named.split(",")[0].strip() or None


def origin_of(metadata: Mapping[str, str]) -> str:
    """``Entry.origin`` of an entry of which only the metadata are at hand."""
    return "" if _adopted_by(metadata) else _door(metadata)


def _door(metadata: Mapping[str, str]) -> str:
    return "import" if "Imported-From" in metadata else "detector" if "Detector" in metadata else ""


def _adopted_by(metadata: Mapping[str, str]) -> str:
    return metadata.get("Approved-By", "").strip()


_ENTRY_ORDER: Final = tuple(item.name for item in fields(Entry))
_ENTRY_FIELDS: Final = frozenset(_ENTRY_ORDER)
_ENTRY_MAPS: Final = ("impact", "metrics", "metadata", "resolution", "extra_fields", "extra_sections")
_Draft: Final = draft_of(Entry)
_ENTRY_WORDS: Final = {
    "category": CATEGORIES,
    "priority": PRIORITIES,
    "status": STATUSES,
    "severity": SEVERITIES,
    "area": AREAS,
}
_READ_ENTRY: Final[dict[str, Any]] = {
    **dict.fromkeys(_ENTRY_MAPS, labelled),
    "timeline": timeline,
    "action_items": items,
}
