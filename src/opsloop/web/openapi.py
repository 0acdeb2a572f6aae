"""The API's description, OpenAPI 3.1, made from the same tables that the code uses."""

from __future__ import annotations

from typing import Any, Final

from opsloop import __version__
from opsloop.model import KINDS, SEVERITIES
from opsloop.sources import names

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}
_NUMBER_OR_NULL: Final = {"type": ["number", "null"]}
_TIME: Final = {"type": "string", "format": "date-time"}
_REFUSALS: Final = {
    "400": "Not what it should be; the message says what.",
    "401": "No valid signature, password or token.",
    "403": "Not from this origin, under this name, or with this token.",
    "404": "No such thing.",
    "408": "The body came too slowly.",
    "413": "The body is too large.",
    "415": "Not JSON.",
    "429": "Too many requests; see Retry-After.",
    "503": "Busy, or an outside system failed; see Retry-After. Nothing was stored.",
    "507": "No space left; see Retry-After. Nothing was stored.",
}


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "opsloop",
            "version": __version__,
            "description": "Operations history in, proven improvements out.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/webhooks/{source}": {"post": _webhook()},
            "/v1/signals": {"get": _signals()},
            "/v1/runs": {"get": _reading("runs", "What the server did by itself, newest first", "Runs")},
            "/v1/coverage": {
                "get": _reading("coverage", "What is known of each source, and what cannot be", "Coverage")
            },
            "/v1/openapi.json": {"get": _plain("openapi", "This document")},
            "/healthz": {"get": _plain("healthz", "Is the process alive?")},
            "/readyz": {"get": _plain("readyz", "Can it store?", "503", "507")},
        },
        "components": {"schemas": _schemas(), "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _webhook() -> dict[str, Any]:
    return {
        "operationId": "receive",
        "summary": "Deliver what a tool posts; answered when it is on disk",
        "parameters": [
            {"name": "source", "in": "path", "required": True, "schema": {"type": "string", "enum": names()}},
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
        "responses": {"202": _answer("Stored.", "Received")}
        | _refusals("400", "401", "403", "404", "408", "413", "415", "429", "503", "507"),
    }


def _signals() -> dict[str, Any]:
    filters = {
        "kind": {"type": "string", "enum": list(KINDS)},
        "source": _TEXT,
        "service": _TEXT,
        "since": _TIME,
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "cursor": _TEXT,
    }
    return {
        **_reading("signals", "What is stored, oldest first", "Signals"),
        "parameters": [{"name": name, "in": "query", "schema": schema} for name, schema in filters.items()],
    }


def _reading(name: str, summary: str, schema: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{}, {"token": []}],
        "responses": {"200": _answer("What there is.", schema)} | _refusals("400", "401", "403", "429", "503"),
    }


def _plain(name: str, summary: str, *refusals: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    responses = {"200": {"description": "Yes.", "content": content}} | _refusals("403", "429", *refusals)
    return {"operationId": name, "summary": summary, "responses": responses}


def _answer(description: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: _answer(_REFUSALS[status], "Error") for status in statuses}


def _schemas() -> dict[str, Any]:
    signal = {
        **dict.fromkeys(("id", "source", "status", "origin"), _TEXT),
        **dict.fromkeys(("service", "environment", "name", "fingerprint", "summary"), _TEXT_OR_NULL),
        "kind": {"type": "string", "enum": list(KINDS)},
        "at": _TIME,
        "received_at": _TIME,
        "severity": {"enum": [*SEVERITIES, None]},
        "duration_s": _NUMBER_OR_NULL,
        "value": _NUMBER_OR_NULL,
        "attrs": {"type": "object", "additionalProperties": _TEXT},
    }
    rejected = _object({"line": _COUNT, "error": _TEXT})
    run = _object({"job": _TEXT, "started_at": _TIME, "seconds": {"type": "number"}, "result": _TEXT, "detail": _TEXT})
    return {
        "Signal": _object(signal),
        "Signals": _object({"signals": _list({"$ref": "#/components/schemas/Signal"}), "next_cursor": _TEXT_OR_NULL}),
        "Received": _object(
            {
                **dict.fromkeys(("accepted", "duplicates", "ignored"), _COUNT),
                "rejected": _list(rejected),
                "notes": _list(_TEXT),
            }
        ),
        "Runs": _object({"runs": _list(run)}),
        "Coverage": _object({"sources": _list({"type": "object"})}),
        "Error": _object({"error": _object({"code": _TEXT, "message": _TEXT})}),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
