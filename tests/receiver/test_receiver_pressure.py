"""More than it can take, slower than it waits, and in the middle of a stop: told so, and never lost."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asgi import deliver
from processes import QUIET, Receiver, alert, notification, wait_until
from stores import store_in

from opsloop.web.app import create_app
from opsloop.web.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = {"content-type": "application/json"}


@contextmanager
def serving_in(root: Path) -> Iterator[Serving]:
    serving = Serving(root)
    try:
        yield serving
    finally:
        asyncio.run(serving.close())


def connected(running: Receiver) -> socket.socket:
    host, port = running.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def all_of(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    told = b""
    while part := connection.recv(65_536):
        told += part
    return told


async def _at_once(serving: Serving, bodies: list[bytes]) -> list[tuple[int, dict[str, str], Any]]:
    app = create_app(serving)
    return await asyncio.gather(*(deliver(app, "alertmanager", JSON, body) for body in bodies))


def test_what_cannot_wait_any_more_is_sent_away_and_stored_when_it_comes_again(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + "waiting_signals = 20\n")
    bodies = [json.dumps(notification(*(alert(5 * n + i) for i in range(5)))).encode() for n in range(12)]
    with serving_in(tmp_path) as serving:
        answers = asyncio.run(_at_once(serving, bodies))
        assert sorted({status for status, _, _ in answers}) == [202, 503]
        for status, headers, answer in answers:
            if status == 503:
                assert answer["error"]["code"] == "busy"
                assert int(headers["retry-after"]) > 0
        taken = sum(answer["accepted"] for status, _, answer in answers if status == 202)
        assert len(serving.ws.store.read()) == taken
        for body, (status, _, _) in zip(bodies, answers, strict=True):
            if status == 503:
                assert asyncio.run(_at_once(serving, [body]))[0][0] == 202
        assert len(serving.ws.store.read()) == 60


def test_a_delivery_of_too_many_signals_is_refused_whole(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    body = json.dumps({"alerts": [{"status": "firing", "labels": {"n": str(n)}} for n in range(10_001)]}).encode()
    with serving_in(tmp_path) as serving:
        status, _, answer = asyncio.run(_at_once(serving, [body]))[0]
        assert (status, answer["error"]["code"]) == (400, "bad_input")
        assert "10000 is the most" in answer["error"]["message"]
        assert serving.ws.store.read() == []


def test_a_head_beyond_every_measure_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n%b\r\n"
    with Receiver(tmp_path) as running:
        with connected(running) as usual:
            usual.sendall(head % (b"X-Much: %b\r\nConnection: close\r\n" % (b"y" * 10_000)))
            assert all_of(usual).startswith(b"HTTP/1.1 200 ")
        with connected(running) as huge, suppress(ConnectionError):
            huge.sendall(head % b"".join(b"X-%d: %b\r\n" % (number, b"y" * 1_000) for number in range(200)))
            assert all_of(huge) == b""
        assert running.get("/healthz")[0] == 200


@pytest.mark.slow
def test_a_head_that_trickles_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    with Receiver(tmp_path) as running, connected(running) as silent, connected(running) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
        assert all_of(silent) == b""
        assert all_of(slow) == b""
        assert running.get("/healthz")[0] == 200


@pytest.mark.slow
def test_a_stop_waits_for_the_delivery_that_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    body = json.dumps(notification(alert(1), alert(2))).encode()
    with Receiver(tmp_path) as running:
        with connected(running) as half:
            head = "POST /v1/webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            half.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:40])
            assert running.get("/healthz")[0] == 200
            running.send_signal(signal.SIGTERM)
            wait_until(lambda: not _listens(running), what="the end of listening")
            half.sendall(body[40:])
            told = half.recv(10_000)
        assert told.startswith(b"HTTP/1.1 202 ")
        assert running.ended() == 0
    assert len(store_in(tmp_path).read()) == 2


def _listens(running: Receiver) -> bool:
    try:
        connected(running).close()
    except OSError:
        return False
    return True
