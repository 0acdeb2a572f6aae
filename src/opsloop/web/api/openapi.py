"""The API's description, OpenAPI 3.1, made from the table that the routes are made from."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsloop import __version__
from opsloop.web.api.asked import SOURCE
from opsloop.web.api.operation import JSON
from opsloop.web.api.operations import OPERATIONS
from opsloop.web.api.schemas import schemas

if TYPE_CHECKING:
    from opsloop.web.api.asked import Asked
    from opsloop.web.api.operation import Operation

Description = dict[str, Any]

_REFUSALS: Final = {
    "400": "Not what it should be; the message says what.",
    "401": "No valid signature, password or token.",
    "403": "Not from this origin, under this name, or with this token.",
    "404": "No such thing.",
    "408": "The body came too slowly.",
    "409": "It changed meanwhile; nothing was written.",
    "413": "The body is too large.",
    "415": "Not a content type that is read here.",
    "429": "Too many requests; see Retry-After.",
    "503": "Busy, or an outside system failed; see Retry-After. Nothing was stored.",
    "507": "No space left; see Retry-After. Nothing was stored.",
}
_ALWAYS: Final = ("400", "401", "403", "404", "409", "429", "503", "507")
_FOR_BODIES: Final = ("408", "413", "415")


def document() -> Description:
    """The whole description."""
    paths: dict[str, Description] = {"/v1/webhooks/{source}": {"post": _webhook()}}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    paths["/v1/events"] = {"get": _events()}
    paths["/v1/openapi.json"] = {"get": _plain("openapi", "This document")}
    paths["/healthz"] = {"get": _plain("healthz", "Is the process alive?")}
    paths["/readyz"] = {"get": _plain("readyz", "Can it store?", "503", "507")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "opsloop",
            "version": __version__,
            "description": "Operations history in, proven improvements out. Documents are those of the command line's "
            "--json. Scopes: read, write and approve, each of which includes those before it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation) -> Description:
    described: Description = {
        "operationId": one.name,
        "summary": one.summary,
        "security": [*([{}] if one.scope == "read" else []), {"token": [one.scope]}],
        "parameters": _parameters(one),
        "responses": {str(int(one.status)): _answer("What the verb says.", one.answer)} | _refused(*_ALWAYS),
    }
    if one.method == "GET":
        described["responses"]["304"] = {"description": "Just what If-None-Match names."}
    else:
        described["responses"] |= _refused(*_FOR_BODIES)
        described["requestBody"] = {"required": True, "content": _content(one)}
    return described


def _parameters(one: Operation) -> list[Description]:
    """Fields in the path, and for a GET, or beside a body that is handed on, the others in the query."""
    required = _required(one.asks)
    found = []
    for name, schema in _properties(one.asks).items():
        in_path = f"{{{name}}}" in one.path
        in_query = not in_path and name != "body" and (one.method == "GET" or one.takes)
        if in_path or in_query:
            place = "path" if in_path else "query"
            known = {"name": name, "in": place, "required": in_path or name in required, "schema": _not_null(schema)}
            found.append(known)
    return found


def _not_null(schema: Description) -> Description:
    """A parameter's schema: where null is its default, it is left out, not sent."""
    others = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return others[0] if len(others) == 1 else schema


def _content(one: Operation) -> Description:
    if one.takes:
        return {kind: {"schema": schema} for kind, schema in one.takes.items()}
    properties = {name: schema for name, schema in _properties(one.asks).items() if f"{{{name}}}" not in one.path}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {JSON: {"schema": schema | {"required": sorted(_required(one.asks) & properties.keys())}}}


def _properties(asks: type[Asked]) -> dict[str, Description]:
    found: dict[str, Description] = _schema(asks).get("properties", {})
    return found


def _required(asks: type[Asked]) -> set[str]:
    return set(_schema(asks).get("required", ()))


def _schema(asks: type[Asked]) -> Description:
    _, components = msgspec.json.schema_components([asks])
    schema: Description = components[asks.__name__]
    return schema


def _webhook() -> Description:
    return {
        "operationId": "receive",
        "summary": "Deliver what a tool posts; answered when it is on disk",
        "description": "JSON, and for sources whose tools post forms or plain text those too.",
        "parameters": [
            {"name": "source", "in": "path", "required": True, "schema": {"type": "string", **SOURCE}},
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": {}}}},
        "responses": {"202": _answer("Stored.", "Received")}
        | _refused("400", "401", "403", "404", "408", "413", "415", "429", "503", "507"),
    }


def _events() -> Description:
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "operationId": "events",
        "summary": "Server-sent events: changed, whenever the data did",
        "security": [{}, {"token": ["read"]}],
        "responses": {"200": {"description": "A stream that goes on.", "content": stream}}
        | _refused("401", "403", "429", "503"),
    }


def _plain(name: str, summary: str, *refusals: str) -> Description:
    content = {JSON: {"schema": {"type": "object"}}}
    responses = {"200": {"description": HTTPStatus.OK.phrase, "content": content}} | _refused("403", "429", *refusals)
    return {"operationId": name, "summary": summary, "responses": responses}


def _answer(description: str, schema: str) -> Description:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {JSON: {"schema": reference}}}


def _refused(*statuses: str) -> Description:
    return {status: _answer(_REFUSALS[status], "Error") for status in statuses}
