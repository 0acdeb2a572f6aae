"""Who is turned away at the door shows in the figures, on the page of sources and in the log."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from asgi import deliver
from processes import QUIET, Receiver, wait_until

from opsloop.web.app import create_app
from opsloop.web.serving import Serving

Post = tuple[str, dict[str, str]]


def refused(root: Path, settings: str, posts: list[Post]) -> tuple[list[int], list[dict[str, Any]]]:
    """The answers to these deliveries (source, headers), and the refusals that a server counted then."""
    (root / "opsloop.toml").write_text("[serve]\n" + settings)

    async def ask() -> tuple[list[int], list[dict[str, Any]]]:
        serving = Serving(root)
        app = create_app(serving)
        try:
            answers = [(await deliver(app, source, headers, b""))[0] for source, headers in posts]
        finally:
            await serving.close()
        return answers, serving.counters.refusals()

    return asyncio.run(ask())


def counts(refusals: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return {(one["source"], one["reason"]): one["count"] for one in refusals}


def test_who_comes_too_often_is_counted_with_the_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posts = [("grafana", {})] * 2 + [("Uptime-Kuma", {})] * 3 + [("no_such_source", {})] * 2
    _, told = refused(tmp_path, "requests_per_minute = 6\n", posts)
    assert counts(told) == {
        ("grafana", "unsupported_media_type"): 1,
        ("grafana", "rate_limited"): 1,
        ("uptime_kuma", "rate_limited"): 3,
        ("unknown", "rate_limited"): 2,
    }
    logged = [line for line in capsys.readouterr().err.splitlines() if '"refused"' in line]
    assert len(logged) == 4, "once for many"


def test_who_is_forbidden_is_counted_on_any_path(tmp_path: Path) -> None:
    page = {"origin": "http://elsewhere.example"}
    answers, told = refused(tmp_path, "", [("grafana", page), ("../healthz", page), ("a" * 5000, page)])
    assert answers == [403] * 3
    assert counts(told) == {("grafana", "forbidden"): 1, ("unknown", "forbidden"): 2}


@pytest.mark.parametrize("written", ["203.0.113.7:{}", "[2001:db8::7]:{}"])
def test_behind_a_proxy_that_writes_ports_an_address_has_one_rate(written: str, tmp_path: Path) -> None:
    posts = [("grafana", {"x-forwarded-for": written.format(port)}) for port in (40001, 40002)]
    answers, _ = refused(tmp_path, 'requests_per_minute = 6\ntrusted_proxies = ["127.0.0.1"]\n', posts)
    assert answers == [415, 429]


def test_a_trusted_proxy_is_known_also_with_its_port(tmp_path: Path) -> None:
    posts = [("grafana", {"x-forwarded-for": f"2001:db8::{number}, 10.0.0.9:{number}"}) for number in (1, 2, 2)]
    settings = 'requests_per_minute = 6\ntrusted_proxies = ["127.0.0.1", "10.0.0.9"]\n'
    assert refused(tmp_path, settings, posts)[0] == [415, 415, 429]


def test_too_many_connections_are_counted_and_logged_by_a_real_server(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + "connections = 3\n")
    with Receiver(tmp_path) as receiver:
        where = ("127.0.0.1", int(receiver.url.rpartition(":")[2]))
        with ExitStack() as idle:
            for _ in range(3):
                idle.enter_context(socket.create_connection(where))

            def turned_away() -> bool:
                with socket.create_connection(where, timeout=5) as fourth:
                    fourth.settimeout(1)
                    try:
                        return b" 503 " in fourth.recv(1000)
                    except TimeoutError:  # the server had not yet heard of the other three
                        return False

            wait_until(turned_away, within_s=8, what="a refusal")

        def told() -> str:
            status, text = receiver.get("/metrics")
            return str(text) if status == 200 else ""

        assert 'opsloop_refused_total{source="unknown",reason="busy"}' in wait_until(told, within_s=8, what="room")
        assert '"refused", "source": "unknown", "reason": "busy"' in receiver.log.read_text()
