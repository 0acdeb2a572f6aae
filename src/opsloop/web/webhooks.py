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
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="opsloop", Bearer'}
"""Amazon SNS, as browsers do, keeps the password of its address to itself until it is asked for it so."""


async def receive(request: Request) -> Response:
    """Check, read, store, and only then say so."""
    serving: Serving = request.app.state.serving
    visitor: Visitor = request.scope[VISITOR]
    source = str(request.path_params["source"]).lower().replace("-", "_")
    try:
        _check_content_type(visitor.headers)
        body = await read_body(request, visitor.headers, serving.limits)
        delivery = Delivery(headers=visitor.headers, body=body, received_at=datetime.now(UTC))
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


def _check_content_type(headers: Mapping[str, str]) -> None:
    """JSON only: then no page of another site can post here with a plain form.

    Amazon SNS says text/plain, but with a header that no such form can set.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    if kind == "text/plain" and "x-amz-sns-message-type" in headers:
        return
    message = f"content-type {kind or 'missing'!r}: webhooks are taken as application/json"
    raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)


routes: Final = [Route("/v1/webhooks/{source}", receive, methods=["POST"])]
