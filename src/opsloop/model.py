"""The five concepts that flow through opsloop; one class each, used from store to surface.

    Signal -> Finding -> Entry -> Promotion -> Verdict

All times are timezone-aware UTC. JSON forms are plain dictionaries made by ``as_json`` and read by ``from_json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, make_dataclass
from datetime import UTC, datetime
from sys import float_info
from typing import TYPE_CHECKING, Any, Final, Literal, Self, cast

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[dict[str, frozenset[str]]] = {
    "alert": frozenset({"firing", "acknowledged", "resolved", "no_data"}),
    "incident": frozenset({"started", "detected", "acknowledged", "mitigated", "resolved"}),
    "deployment": frozenset({"requested", "started", "succeeded", "failed", "rolled_back"}),
    "change": frozenset({"opened", "merged", "released", "pushed"}),
    "pipeline": frozenset({"started", "succeeded", "failed", "cancelled"}),
    "event": frozenset({"warning", "normal"}),
    "canary": frozenset({"passed", "failed"}),
    "approval": frozenset({"requested", "granted", "rejected"}),
    "step": frozenset({"done"}),
    "remediation": frozenset({"done"}),
    "shift": frozenset({"ended"}),
    "sample": frozenset({"-"}),
    "sli": frozenset({"-"}),
    "command": frozenset({"failed"}),
}
"""What may happen to what: the statuses of each kind of signal, version 1."""

SEVERITIES: Final = ("P1", "P2", "P3", "P4")
PRIORITIES: Final = ("low", "medium", "high", "critical")
STATUSES: Final = ("pending", "in_progress", "resolved", "wont_fix", "promoted", "promoted_to_skill")
CATEGORIES: Final = (
    "process_bottleneck",
    "incident_pattern",
    "capacity_issue",
    "automation_gap",
    "sla_breach",
    "toil_accumulation",
)
AREAS: Final = (
    "incident_management",
    "change_management",
    "capacity_planning",
    "automation",
    "monitoring",
    "runbooks",
    "on_call",
)
Kind = Literal["learning", "issue", "feature"]
ENTRY_KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "learning": ("LRN", "LEARNINGS.md"),
    "issue": ("OPS", "OPERATIONS_ISSUES.md"),
    "feature": ("FEAT", "FEATURE_REQUESTS.md"),
}
"""An entry's kind: the prefix of its id and the file that it lives in."""

_SEVERITY_WORDS: Final = {
    **dict.fromkeys(("critical", "fatal", "disaster", "emergency", "page", "p0", "p1", "sev1", "sev-1"), "P1"),
    **dict.fromkeys(("error", "high", "major", "p2", "sev2", "sev-2"), "P2"),
    **dict.fromkeys(("warning", "warn", "average", "moderate", "medium", "minor", "p3", "sev3", "sev-3"), "P3"),
    **dict.fromkeys(("info", "information", "low", "notice", "none", "p4", "p5", "sev4", "sev-4", "sev5"), "P4"),
}


def severity_of(word: str | None) -> str | None:
    """Map a vendor's severity word to P1..P4; None when the word says nothing known."""
    return _SEVERITY_WORDS.get(word.strip().lower()) if word else None


def parse_time(text: str, *, timezone: Any = None) -> datetime:
    """Read RFC 3339 with any offset into UTC. A naive time takes ``timezone`` (a tzinfo), else raises BadInput."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{text!r} is not an RFC 3339 time such as 2026-01-31T12:00:00Z"
        raise BadInput(msg) from None
    if moment.tzinfo is None:
        if timezone is None:
            msg = f"{text!r} has no offset; write 2026-01-31T12:00:00Z, or say what naive times are with --timezone"
            raise BadInput(msg)
        moment = moment.replace(tzinfo=timezone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        msg = f"{text!r} is outside the years 1 to 9999 in UTC"
        raise BadInput(msg) from None


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One immutable event from the world, version 1. ``origin`` names its door (webhook, file, hook)."""

    id: str
    source: str
    kind: str
    status: str
    at: datetime
    received_at: datetime | None = None
    service: str | None = None
    environment: str | None = None
    name: str | None = None
    severity: str | None = None
    fingerprint: str | None = None
    duration_s: float | None = None
    value: float | None = None
    summary: str | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""

    @classmethod
    def from_json(cls, record: Any, *, timezone: Any = None) -> Self:
        """Read the native JSON form; raises BadInput that names the field. Unknown keys are refused."""
        if not isinstance(record, dict):
            msg = "a signal is a JSON object"
            raise BadInput(msg)
        if unknown := record.keys() - _SIGNAL_FIELDS:
            msg = f"unknown field {min(unknown)!r}; what a signal has no field for goes into attrs"
            raise BadInput(msg)
        texts = {name: _text(record, name) for name in _SIGNAL_TEXTS}
        for name in ("id", "source", "kind", "status"):
            if not texts[name]:
                msg = f"{name} is missing"
                raise BadInput(msg)
        kind, status = str(texts["kind"]), str(texts["status"])
        if kind not in KINDS:
            msg = f"kind {kind!r} is none of {' '.join(KINDS)}"
            raise BadInput(msg)
        if status not in KINDS[kind]:
            msg = f"status {status!r} is none of {' '.join(sorted(KINDS[kind]))}, what a {kind} can have"
            raise BadInput(msg)
        if texts["severity"] not in (None, *SEVERITIES):
            msg = f"severity {texts['severity']!r} is none of {' '.join(SEVERITIES)}"
            raise BadInput(msg)
        if not isinstance(record.get("at"), str):
            msg = "at is missing"
            raise BadInput(msg)
        attrs = record.get("attrs") or {}
        if not isinstance(attrs, dict) or not all(isinstance(value, str) for value in attrs.values()):
            msg = "attrs is an object of strings"
            raise BadInput(msg)
        received = record.get("received_at")
        return cls(
            **texts,  # type: ignore[arg-type]
            at=parse_time(record["at"], timezone=timezone),
            received_at=parse_time(received) if isinstance(received, str) else None,
            duration_s=_number(record, "duration_s"),
            value=_number(record, "value"),
            attrs=attrs,
        )

    def as_json(self) -> dict[str, Any]:
        """The native JSON form, every field present."""
        record = {name: getattr(self, name) for name in _SIGNAL_ORDER}
        record["at"] = format_time(self.at)
        record["received_at"] = format_time(self.received_at) if self.received_at else None
        record["attrs"] = dict(self.attrs)
        return record


_SIGNAL_ORDER: Final = tuple(item.name for item in fields(Signal))
_SIGNAL_FIELDS: Final = frozenset(_SIGNAL_ORDER)
_SIGNAL_TEXTS: Final = tuple(
    name for name in _SIGNAL_ORDER if name not in {"at", "received_at", "duration_s", "value", "attrs", "origin"}
)


def _text(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        msg = f"{name} is text, not {type(value).__name__}"
        raise BadInput(msg)
    return value or None


def _number(record: dict[str, Any], name: str) -> float | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= float_info.max:
        msg = f"{name} is a finite number or null"
        raise BadInput(msg)
    return float(value)


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
        """``Entry(**values)`` in a third of the time, for reading very many: frozen ones set each field by a call."""
        draft: Any = _Draft(**values)
        draft.__class__ = cls
        return cast("Self", draft)

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
        values = {name: _READ_ENTRY.get(name, _text)(given, name) for name in given}
        values["kind"] = kind or _one_of(given, "kind", tuple(ENTRY_KINDS))
        for name, allowed in _ENTRY_WORDS.items():
            if values.get(name):
                _one_of(values, name, allowed)
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
        """Whose words these are: ``detector`` (it repeats what signals say), ``import``, or "" for a person's.

        ``Approved-By`` says that a person has read them and stands for them.
        """
        if self.metadata.get("Approved-By", "").strip():
            return ""
        return "import" if "Imported-From" in self.metadata else "detector" if "Detector" in self.metadata else ""

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


_ENTRY_ORDER: Final = tuple(item.name for item in fields(Entry))
_ENTRY_FIELDS: Final = frozenset(_ENTRY_ORDER)
_ENTRY_MAPS: Final = ("impact", "metrics", "metadata", "resolution", "extra_fields", "extra_sections")
_Draft: Final = make_dataclass(
    "_Draft",
    [(i.name, i.type, field(default=i.default, default_factory=i.default_factory)) for i in fields(Entry)],
    slots=True,
    kw_only=True,
)
"""An entry that is not frozen yet: the same fields, so that it can become one."""
_ENTRY_WORDS: Final = {
    "category": CATEGORIES,
    "priority": PRIORITIES,
    "status": STATUSES,
    "severity": SEVERITIES,
    "area": AREAS,
}


def _one_of(values: dict[str, Any], name: str, allowed: tuple[str, ...]) -> Any:
    if values.get(name) not in allowed:
        msg = f"{name} {values.get(name)!r} is none of {' '.join(allowed)}"
        raise BadInput(msg)
    return values[name]


def _labelled(record: dict[str, Any], name: str) -> dict[str, str]:
    """A label -> text map; a number is written out, a list joined by commas."""
    value = record[name]
    if not isinstance(value, dict) or not all(str(label).strip() for label in value):
        msg = f"{name} is an object of labels and texts"
        raise BadInput(msg)
    items = {label: ", ".join(map(str, text)) if isinstance(text, list) else text for label, text in value.items()}
    if wrong := [label for label, text in items.items() if isinstance(text, dict)]:
        msg = f"{name}: {wrong[0]!r} is text, not an object"
        raise BadInput(msg)
    return {label: str(text) for label, text in items.items() if text is not None}


def _timeline(record: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    rows = record[name] if isinstance(record[name], list) else [None]
    read = []
    for row in rows:
        pair = [row.get("time"), row.get("event")] if isinstance(row, dict) else row
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(cell, str) for cell in pair)):
            msg = f'{name} is a list of {{"time": "10:02", "event": "paged"}}'
            raise BadInput(msg)
        read.append((pair[0], pair[1]))
    return tuple(read)


def _items(record: dict[str, Any], name: str) -> tuple[str, ...]:
    value = record[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = f"{name} is a list of texts"
        raise BadInput(msg)
    return tuple(value)


_READ_ENTRY: Final[dict[str, Any]] = {
    **dict.fromkeys(_ENTRY_MAPS, _labelled),
    "timeline": _timeline,
    "action_items": _items,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector found: a pattern worth learning from, with the ids of the signals that show it."""

    detector: str
    pattern_key: str
    service: str | None
    category: str
    area: str
    severity: str | None
    priority: str
    first_seen: datetime
    last_seen: datetime
    count: int
    evidence: tuple[str, ...]
    metrics: Mapping[str, Any]
    summary: str
    entry_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Entries rendered into a target's files. ``files``: path relative to the root -> whole text."""

    target: str
    entry_ids: tuple[str, ...]
    files: Mapping[str, str]


Decision = Literal["improved", "no_change", "worse", "not_enough_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How often something happened in how many days under observation."""

    count: int
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Did the pattern become rarer? ``ratio`` is rate after / rate before, with its exact 95% interval."""

    id: str
    decision: Decision
    before: Exposure
    after: Exposure
    ratio: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_fell: float | None = None
    days_needed: float | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
