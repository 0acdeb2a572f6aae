"""JSON answers, and one form for every refusal: ``{"error": {"code", "message"}}``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from opsloop.errors import OpsloopError, OutsideFailed
from opsloop.web.log import log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_RETRY_AFTER_S: Final = {429: 10, 503: 2, 507: 30}
_encode = msgspec.json.Encoder().encode


class Refused(OpsloopError):
    """A refusal that HTTP has its own status for."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Json(Response):
    """A JSON document."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode it; times and the like must be text already."""
        return _encode(content)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Json:
    """The one form of an error."""
    extra = dict(headers or {})
    if status in _RETRY_AFTER_S:
        extra.setdefault("Retry-After", str(_RETRY_AFTER_S[status]))
    if status == HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", "Bearer")
    return Json({"error": {"code": code, "message": message}}, status_code=status, headers=extra)


def code_of(error: OpsloopError) -> str:
    """The error's code: its own, or that of its HTTP status."""
    return _code(error.status) if isinstance(error, Refused) else error.code


async def opsloop_error(request: Request, error: Exception) -> Response:
    """What our own errors mean over HTTP."""
    assert isinstance(error, OpsloopError)
    status = error.status if isinstance(error, Refused) else HTTPStatus(error.http_status)
    if isinstance(error, OutsideFailed):
        log("error", "outside_failed", path=request.url.path, reason=str(error))
    return refusal(status, code_of(error), " ".join(str(error).split()))


async def http_error(request: Request, error: Exception) -> Response:
    """No such path, no such method."""
    assert isinstance(error, HTTPException)
    message = {404: f"nothing is at {request.url.path}", 405: f"{request.method} is not for {request.url.path}"}
    return refusal(
        error.status_code,
        _code(HTTPStatus(error.status_code)),
        message.get(error.status_code, error.detail),
        error.headers,
    )


async def unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: logged with its place, answered without it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
    log("error", "unexpected", path=request.url.path, error=type(error).__name__, place=place)
    return refusal(500, "internal", "opsloop failed at this; its log says where")


def _code(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "_").replace("-", "_")
