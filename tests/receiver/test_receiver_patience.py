"""How long, and how much, a connection may keep the server waiting (a tenth of a second here, instead of ten)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import repeat

import pytest
import uvicorn
from uvicorn.server import ServerState

from opsloop.web import protocol

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def hello(scope, receive, send):
    """Answer without a look at the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def connected() -> tuple[asyncio.Server, asyncio.StreamReader, asyncio.StreamWriter]:
    """A server of its own, and a connection to it."""
    config = uvicorn.Config(hello, http=protocol.ImpatientProtocol, log_config=None, lifespan="off")
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: protocol.ImpatientProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    return server, reader, writer


async def lived(first: bytes, more: Iterator[bytes], *, pause_s: float, most_s: float) -> tuple[float, int]:
    """Seconds until the server hung up on who sends that, at most ``most_s``; and how many bytes it took."""
    server, _, writer = await connected()
    began, sent = time.monotonic(), 0
    try:
        writer.write(first)
        for part in more:
            if time.monotonic() - began > most_s:
                break
            writer.write(part)
            await writer.drain()
            sent += len(part)
            await asyncio.sleep(pause_s)
    except ConnectionError:
        pass
    finally:
        writer.close()
        server.close()
    return time.monotonic() - began, sent


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (GET + b"Content-Length: 1000000\r\n\r\n", b"x"),
        (GET + b"\r\n", b"\r\n"),
    ],
    ids=["a body that nobody reads", "blank lines after an answer"],
)
def test_what_trickles_after_an_answer_does_not_hold_a_connection_for_ever(first, drip, monkeypatch):
    monkeypatch.setattr(protocol, "_HEAD_TIMEOUT_S", 0.1)
    seconds, _ = asyncio.run(lived(first, repeat(drip), pause_s=0.02, most_s=3))
    assert seconds < 2


@pytest.mark.parametrize("first", [b"GET /", GET + b"X: "], ids=["an address", "a header"])
def test_a_head_without_an_end_is_cut_off_by_its_size(first):
    _, sent = asyncio.run(lived(first, repeat(b"a" * 50_000, 400), pause_s=0.001, most_s=5))
    assert sent < 10_000_000


def test_requests_on_one_connection_are_all_answered_however_their_bytes_are_cut():
    async def ask() -> bytes:
        server, reader, writer = await connected()
        request = GET + b"Content-Length: 90000\r\n\r\n" + b"x" * 90_000
        stream = request * 20 + GET + b"Connection: close\r\n\r\n"
        for at in range(0, len(stream), 89_990):
            writer.write(stream[at : at + 89_990])
            await writer.drain()
        told = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        server.close()
        return told

    assert asyncio.run(ask()).count(b"HTTP/1.1 200") == 21
