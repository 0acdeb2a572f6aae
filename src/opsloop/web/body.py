"""A request's body, bounded in size, in time and after decompression."""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from opsloop.errors import BadInput
from opsloop.web.answers import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from opsloop.web.limits import Limits

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


async def read_body(request: Request, headers: Mapping[str, str], limits: Limits) -> bytes:
    """The body as its sender meant it. Raises BadInput (also for a sender who left), or Refused with 408, 413, 415."""
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limits.body_bytes:
        raise _too_large(limits)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "deflate"}:
        message = f"content-encoding {coding!r} is not read here; gzip, deflate and identity are"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            body = await _gather(request, limits)
    except TimeoutError:
        message = f"the body did not come within {limits.body_timeout_s:g} seconds"
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, message) from None
    except ClientDisconnect:
        message = "the sender went away before the body was complete"
        raise BadInput(message) from None
    return body if coding == "identity" else _inflate(body, limits)


async def _gather(request: Request, limits: Limits) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.body_bytes:
            raise _too_large(limits)
        chunks.append(chunk)
    return b"".join(chunks)


def _inflate(body: bytes, limits: Limits) -> bytes:
    unzip = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        inflated = unzip.decompress(body, limits.body_bytes + 1)
    except zlib.error:
        message = "the body is not compressed as its content-encoding says"
        raise BadInput(message) from None
    if len(inflated) > limits.body_bytes:
        raise _too_large(limits)
    if not unzip.eof:
        message = "the compressed body ends too early"
        raise BadInput(message)
    if unzip.unused_data:
        message = "more follows the end of the compressed body; compress it in one piece"
        raise BadInput(message)
    return inflated


def _too_large(limits: Limits) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limits.body_bytes} bytes")
