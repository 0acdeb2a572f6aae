"""``POST /v1/webhooks/SOURCE``: answered 202 when, and only when, every signal of the delivery is on disk."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from opsloop.errors import OpsloopError, Unauthorized
from opsloop.sources import Delivery
from opsloop.sources.forms import FORM, media_type
from opsloop.web.answers import Json, Refused, code_of, refusal
from opsloop.web.body import read_body
from opsloop.web.guard import VISITOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from opsloop.verbs.receive import Received
    from opsloop.web.guard import Visitor
    from opsloop.web.serving import Serving

_LARGE_BYTES: Final = 200_000
"""Bodies from here on are read in a thread of their own, so that others don't wait for them."""
_BROWSERS: Final = ("origin", "referer", "cookie", "sec-fetch-site")
"""What a browser sends, one or the other, and no tool."""
_POST: Final = "POST it; a GET, with its fields in the address, is taken only where the source has a secret"
"""Any page may ask for any address: without a secret that would be enough to store something."""
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="opsloop", Bearer'}
"""Amazon SNS, as browsers do, keeps the password of its address to itself until it is asked for it so."""


async def receive(request: Request) -> Response:
    """Check, read, store, and only then say so."""
    serving: Serving = request.app.state.serving
    visitor: Visitor = request.scope[VISITOR]
    source = str(request.path_params["source"]).lower().replace("-", "_")
    try:
        if request.method != "POST" and (request.method == "HEAD" or source not in serving.intake.secrets):
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, _POST)
        headers = _as_sent(request, visitor.headers, serving.intake.media(source))
        body = await read_body(request, headers, serving.limits)
        if not body and headers.get("content-type") == FORM:
            body = request.scope["query_string"]
        delivery = Delivery(headers=headers, body=body, received_at=datetime.now(UTC))
        if len(body) < _LARGE_BYTES:
            received = serving.intake.read(source, delivery, local=visitor.local)
        else:
            received = await run_in_threadpool(serving.intake.read, source, delivery, local=visitor.local)
        started = time.perf_counter()
        accepted = await serving.writer.write(received.rows) if received.rows else 0
    except OpsloopError as error:
        serving.counters.refused(source, code_of(error))
        if isinstance(error, Unauthorized):
            return refusal(error.http_status, error.code, str(error), _CHALLENGE)
        raise
    serving.counters.received(source, received, accepted, time.perf_counter() - started)
    return Json(_counts(received, accepted), status_code=HTTPStatus.ACCEPTED)


def _counts(received: Received, accepted: int) -> dict[str, Any]:
    parsed = received.parsed
    return {
        "accepted": accepted,
        "duplicates": len(received.rows) - accepted,
        "ignored": parsed.ignored,
        "rejected": [{"line": line, "error": error} for line, error in parsed.rejected],
        "notes": list(parsed.notes),
    }


def _as_sent(request: Request, headers: Mapping[str, str], also: frozenset[str]) -> Mapping[str, str]:
    """The headers, where the body is JSON, or what else the source's tool posts; but that never from a browser.

    A page of another site can post a plain form or text without asking anybody, and not JSON. A tool that posts forms
    may put its fields into the address instead, and send no body.
    """
    kind = media_type(headers.get("content-type", ""))
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return headers
    if kind in also and not any(name in headers for name in _BROWSERS):
        in_address = FORM in also and request.scope["query_string"] and headers.get("content-length", "0") == "0"
        return {**headers, "content-type": FORM} if in_address and "transfer-encoding" not in headers else headers
    message = f"content-type {kind or 'missing'!r}: webhooks are taken as application/json"
    raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)


routes: Final = [Route("/v1/webhooks/{source}", receive, methods=["POST", "GET"])]
