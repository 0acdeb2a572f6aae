"""HTTP/1.1 on a connection, without patience: a head that trickles in, or never ends, is cut off.

Connections are bounded too, so that nobody can use up the process's open files: who comes too many is told when to
come back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

_HEAD_TIMEOUT_S: Final = 10.0
"""From the connection, or from a request's first byte, until its headers are complete."""
_HEAD_BYTES: Final = 65_536
_RETRY_AFTER_S: Final = 5


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a time and a size for the head of a request, and errors in our form.

    ``limit_concurrency`` of its configuration bounds connections here. uvicorn itself would then refuse the requests
    of those who are connected already, and let new ones come.
    """

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self._most, self.limit_concurrency = self.limit_concurrency, None

    def connection_made(self, transport: Any) -> None:
        """Start to wait for a request, or send the connection away."""
        super().connection_made(transport)
        if self._most is not None and len(self.connections) > self._most:
            self._end("503 Service Unavailable", "busy", "too many connections", f"retry-after: {_RETRY_AFTER_S}\r\n")
            return
        self._deadline = self.loop.call_later(_HEAD_TIMEOUT_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins: its head has the whole time."""
        super().on_message_begin()
        self._stop_waiting()
        self._head_bytes = 0
        self._deadline = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.close)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what the head holds."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _HEAD_BYTES:
            self.transport.close()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here; the body has its own limits."""
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets the same form of error."""
        self._end("400 Bad Request", "bad_request", msg)

    def _end(self, status: str, code: str, message: str, header: str = "") -> None:
        """Answer without looking at a request, and close."""
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{header}"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
