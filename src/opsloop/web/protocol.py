"""HTTP/1.1 on a connection, without patience: a head that trickles in, or never ends, is cut off.

An offer to speak another protocol (``Upgrade``: Java's client makes it with each first request) is passed over, as HTTP
allows; the parser would take the body for that other protocol.

Connections are bounded too, so that nobody can use up the process's open files: who comes too many is told when to
come back.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from opsloop.web.counters import Counters

COUNTERS: Final = "counters"
"""Under this name of the application's state stands who counts refusals; without it they are not counted."""
_HEAD_TIMEOUT_S: Final = 10.0
"""From the connection, an answer, or a request's first byte, until the headers of the request are complete."""
_HEAD_BYTES: Final = 65_536
_RETRY_AFTER_S: Final = 5
_UPGRADE: Final = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_PASSED_OVER: Final = b"ignored"


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a time and a size for the head of a request, and errors in our form.

    ``limit_concurrency`` of its configuration bounds connections here. uvicorn itself would then refuse the requests
    of those who are connected already, and let new ones come.
    """

    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
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
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Count what comes of a head that is not complete: the parser keeps an address or a header, however long."""
        awaited = self._deadline if self._in_head else None
        if self._deadline is not None:
            data = _without_upgrade(data)
        super().data_received(data)
        if awaited is not None and awaited is self._deadline:
            self._count(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins: its head has the whole time."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what the head holds."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here; the body has its own limits."""
        self._in_head = False
        self._stop_waiting()
        if self.parser.should_upgrade():  # its name came in two pieces
            self._end("400 Bad Request", "bad_request", "HTTP/1.1 is spoken here: send it without Upgrade")
            return
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Answered: the rest of a body that nobody reads, or blank lines, don't hold the connection for ever."""
        super().on_response_complete()
        if self.cycle.response_complete and self._deadline is None and not self.transport.is_closing():
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets the same form of error."""
        self._end("400 Bad Request", "bad_request", msg)

    def _end(self, status: str, code: str, message: str, header: str = "") -> None:
        """Answer without looking at a request, and close; what follows is nobody's."""
        if self.transport.is_closing():
            return
        counters: Counters | None = self.app_state.get(COUNTERS)
        if counters is not None:
            counters.refused("", code)
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{header}"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > _HEAD_BYTES:
            self.transport.close()

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _without_upgrade(data: bytes) -> bytes:
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(_PASSED_OVER, head) + end + rest if b"pgrade" in head.lower() else data
