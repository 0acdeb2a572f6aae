"""The answers' forms, as JSON Schema: what the verbs' documents hold."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from opsloop import detectors
from opsloop.model import AREAS, CATEGORIES, ENTRY_KINDS, KINDS, PRIORITIES, SEVERITIES, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "number"}
ANYTHING: Final[Schema] = {"type": "object"}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
NUMBER_OR_NULL: Final[Schema] = {"type": ["number", "null"]}
SEVERITY: Final[Schema] = {"enum": [*SEVERITIES, None]}
_MAPS: Final = ("impact", "metrics", "metadata", "resolution", "extra_fields", "extra_sections")


def schemas() -> dict[str, Schema]:
    """Every named form."""
    return {
        "Signal": _object(_signal()),
        "Signals": _page("signals", _ref("Signal")),
        "Entry": _object(_entry() | {"path": TEXT}),
        "NewEntry": {"type": "object", "properties": _entry(), "additionalProperties": False},
        "Entries": {**_page("entries", _ref("Entry")), "required": ["entries"]},
        "Results": _object({"results": _list(ANYTHING)}),
        "Findings": _object({"findings": _list(_object(_finding()))}),
        "Metrics": _object(
            {"definition": TEXT, "from": TIME, "to": TIME, "unusable": _list(_reason()), "groups": _list(ANYTHING)}
        ),
        "Proposal": _object({"path": TEXT, "diff": TEXT, "status": TEXT, "entries": _list(TEXT)}),
        "Verdicts": _object({"definition": TEXT, "verdicts": _list(_object(_verdict()))}),
        "Sections": _object({"sections": _list(_object({"name": TEXT, "title": TEXT, "items": _list(ANYTHING)}))}),
        "Runs": _object({"runs": _list(_object(_run()))}),
        "Coverage": _object({"sources": _list(ANYTHING), "receiver_gaps": _list(ANYTHING)}),
        "Problems": _object({"root": TEXT, "checks": COUNT, "problems": _list(_object(dict.fromkeys(_TROUBLE, TEXT)))}),
        "Judgement": _object(
            {"operational": FLAG, "severity": SEVERITY}
            | dict.fromkeys(("category", "pattern_key", "matched"), TEXT_OR_NULL)
        ),
        "Redacted": _object({"text": TEXT}),
        "Logged": _object({"id": TEXT, "path": TEXT, "similar": {"type": ["array", "null"], "items": TEXT}}),
        "Received": _object(
            dict.fromkeys(("accepted", "duplicates", "ignored"), COUNT)
            | {"rejected": _list(_object({"line": COUNT, "error": TEXT})), "notes": _list(TEXT)}
        ),
        "Closed": _object({"id": TEXT, "status": TEXT, "path": TEXT}),
        "Adoption": _object(
            dict.fromkeys(("id", "path", "status", "from", "text", "seen"), TEXT)
            | dict.fromkeys(("by", "suspicious"), TEXT_OR_NULL)
        ),
        "Sealed": _object({"rows": COUNT, "files": _list(TEXT)}),
        "Rejected": _object({"status": TEXT, "entries": _list(TEXT)}),
        "Object": ANYTHING,
        "Error": _object({"error": _object({"code": TEXT, "message": TEXT})}),
    }


_TROUBLE: Final = ("check", "where", "what", "fix")


def _signal() -> dict[str, Schema]:
    return {
        **dict.fromkeys(("id", "source", "origin"), TEXT),
        "status": _words({status for statuses in KINDS.values() for status in statuses}),
        **dict.fromkeys(("service", "environment", "name", "fingerprint", "summary"), TEXT_OR_NULL),
        "kind": _words(KINDS),
        "at": TIME,
        "received_at": TIME,
        "severity": SEVERITY,
        "duration_s": NUMBER_OR_NULL,
        "value": NUMBER_OR_NULL,
        "attrs": {"type": "object", "additionalProperties": TEXT},
    }


def _entry() -> dict[str, Schema]:
    special = dict.fromkeys(_MAPS, ANYTHING) | {
        "id": TEXT,
        "kind": _words(ENTRY_KINDS),
        "timeline": _list(_object({"time": TEXT, "event": TEXT})),
        "action_items": _list(TEXT),
    }
    return {item.name: special.get(item.name, TEXT_OR_NULL) for item in fields(Entry)}


def _finding() -> dict[str, Schema]:
    return {
        **dict.fromkeys(("pattern_key", "summary"), TEXT),
        "detector": _words(detectors.names()),
        "category": _words(CATEGORIES),
        "area": _words(AREAS),
        "priority": _words(PRIORITIES),
        **dict.fromkeys(("service", "entry_id"), TEXT_OR_NULL),
        "severity": SEVERITY,
        "first_seen": TIME,
        "last_seen": TIME,
        "count": COUNT,
        "evidence": _list(TEXT),
        "metrics": ANYTHING,
    }


def _verdict() -> dict[str, Schema]:
    period = {"anyOf": [_object({"count": COUNT, "days": NUMBER}), {"type": "null"}]}
    return {
        "id": TEXT,
        "decision": {"enum": ["improved", "no_change", "worse", "not_enough_data"]},
        **dict.fromkeys(("ratio", "ci_low", "ci_high", "p_value", "days_needed"), NUMBER_OR_NULL),
        "before": period,
        "after": period,
    }


def _run() -> dict[str, Schema]:
    return {"job": TEXT, "started_at": TIME, "seconds": NUMBER, "result": TEXT, "detail": TEXT}


def _reason() -> Schema:
    return _object({"reason": TEXT, "count": COUNT})


def _page(name: str, of: Schema) -> Schema:
    return _object({name: _list(of), "next_cursor": TEXT_OR_NULL})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _words(known: Iterable[str]) -> Schema:
    return {"type": "string", "enum": sorted(known)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
