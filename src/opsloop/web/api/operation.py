"""From a request to a verb and back: scope, what is asked, the document, its ETag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from opsloop.errors import BadInput
from opsloop.web.answers import Json, Refused
from opsloop.web.api.asked import Asked
from opsloop.web.body import read_body
from opsloop.web.guard import VISITOR, require

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from opsloop.verbs.workspace import Workspace

Document = dict[str, Any]
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API does.

    ``asks``: what is read from path, query or body; ``does``: the verb; ``answer``: the name of the answer's schema.
    ``takes``: content types of a body that is handed on as it came, in the field ``body``.
    """

    method: str
    path: str
    summary: str
    scope: str = "read"
    asks: type[Asked] = Asked
    does: Callable[[Workspace, Any], Document]
    answer: str
    status: HTTPStatus = HTTPStatus.OK
    takes: Mapping[str, Document] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its operationId: post_log, get_metrics."""
        return f"{self.method.lower()}_{self.path.split('/')[2].replace('-', '_')}" + (
            "_one" if "{id}" in self.path else ""
        )


def endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that Starlette calls; the verb runs in a thread."""

    async def answer(request: Request) -> Response:
        require(request, operation.scope)
        asked = await _read(request, operation)
        ws = request.app.state.serving.workspace()
        document = await run_in_threadpool(operation.does, ws, asked)
        shown = Json(document, status_code=operation.status)
        return shown if operation.method != "GET" else _tagged(request, shown)

    return answer


async def _read(request: Request, operation: Operation) -> Asked:
    """What is asked; raises BadInput that names the field, or Refused for a body of another content type."""
    values = _query(request, operation.asks) if operation.method == "GET" or operation.takes else {}
    if operation.method == "POST":
        values |= await _body(request, operation)
    for name, value in request.path_params.items():
        if name in values:
            message = f"{name} is in the path already"
            raise BadInput(message)
        values[name] = value
    try:
        return msgspec.convert(values, operation.asks, strict=operation.method == "POST")
    except msgspec.ValidationError as error:
        raise BadInput(_told(error, operation.asks)) from None


def _query(request: Request, asks: type[Asked]) -> Document:
    """The query's fields: lists may be given more than once, everything else once; what is empty was not given."""
    lists = {one.encode_name for one in msgspec.structs.fields(asks) if getattr(one.type, "__origin__", None) is list}
    values: Document = {}
    for name in dict.fromkeys(request.query_params):
        given = [value for value in request.query_params.getlist(name) if value]
        if name in lists:
            values[name] = given
        elif len(given) > 1:
            message = f"{name} is given twice"
            raise BadInput(message)
        elif given:
            values[name] = given[0]
    return values


async def _body(request: Request, operation: Operation) -> Document:
    visitor = request.scope[VISITOR]
    kind = visitor.headers.get("content-type", "").partition(";")[0].strip().lower()
    known = tuple(operation.takes) or (JSON,)
    if kind not in known:
        message = f"content-type {kind or 'missing'!r}; this takes {' '.join(known)}"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
    body = await read_body(request, visitor.headers, request.app.state.serving.limits)
    if operation.takes:
        return {"body": body}
    return json_object(body)


def json_object(body: bytes) -> Document:
    """The JSON object that a body is; raises BadInput for anything else."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"the body is no JSON: {error}"
        raise BadInput(message) from None
    if not isinstance(read, dict):
        message = "the body is a JSON object"
        raise BadInput(message)
    return read


def _told(error: msgspec.ValidationError, asks: type[Asked]) -> str:
    """The library's message in the API's words."""
    message = str(error).replace("Object contains unknown field", "no field").replace("Object missing", "missing:")
    if message.startswith("no field"):
        known = [one.encode_name for one in msgspec.structs.fields(asks)]
        return f"{message}; there are {' '.join(known)}" if known else f"{message}; this takes none"
    return message


def _tagged(request: Request, shown: Json) -> Response:
    """With the ETag of what it says; 304 without it where the visitor has just that."""
    tag = f'"{hashlib.sha256(shown.body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    shown.headers.update(headers)
    return shown
