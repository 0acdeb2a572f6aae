"""The receiver under load: 20 alerts a request, 16 connections, one worker, loopback; acknowledged after the commit.

python bench/ingest.py [ROUNDS]; the same server with its store and without (it checks, parses and redacts, and
forgets) takes turns (A B A B ...), and the medians are printed with their ratio. Every alert is new; label values
repeat as they do in life.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.signals.hot import Row

ALERTS, CONNECTIONS, REQUESTS = 20, 16, 3000


def request(dice: random.Random) -> bytes:
    """One notification of Alertmanager, as it goes over the wire."""
    body = json.dumps(
        {
            "version": "4",
            "groupKey": "{}",
            "status": "firing",
            "receiver": "opsloop",
            "truncatedAlerts": 0,
            "alerts": [alert(dice) for _ in range(ALERTS)],
        }
    ).encode()
    head = (
        "POST /v1/webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def alert(dice: random.Random) -> dict[str, Any]:
    """An alert of one of 40 services with 200 pods, new each time."""
    service = f"service-{dice.randrange(40)}"
    pod = f"{service}-{dice.randrange(200):x}"
    return {
        "status": dice.choice(("firing", "resolved")),
        "labels": {
            "alertname": f"Rule{dice.randrange(60)}",
            "service": service,
            "severity": "critical",
            "namespace": "shop",
            "pod": pod,
            "env": "production",
        },
        "annotations": {"summary": f"{pod} answers slowly", "description": "p99 above 2 s for 10 minutes"},
        "startsAt": f"2026-03-0{dice.randrange(1, 10)}T08:{dice.randrange(60):02d}:11.{dice.randrange(10**9):09d}Z",
        "endsAt": "2026-03-11T08:00:00Z",
        "generatorURL": f"http://prometheus.shop.example/graph?g0.expr=rule{dice.randrange(60)}",
        "fingerprint": f"{dice.getrandbits(64):016x}",
    }


async def connection(port: int, requests: list[bytes], waits: list[float]) -> None:
    """Send one request after the other, waiting for each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while requests:
        body = requests.pop()
        began = time.perf_counter()
        writer.write(body)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202"), head
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        waits.append(time.perf_counter() - began)
        assert answer["accepted"] == ALERTS, answer
    writer.close()


def load(port: int, requests: list[bytes]) -> tuple[float, float]:
    """Alerts a second, and the 99th percentile of the waits in milliseconds."""

    async def all_of_them() -> tuple[float, list[float]]:
        waits: list[float] = []
        began = time.perf_counter()
        await asyncio.gather(*(connection(port, requests, waits) for _ in range(CONNECTIONS)))
        return time.perf_counter() - began, waits

    requests = list(requests)
    count = len(requests)
    seconds, waits = asyncio.run(all_of_them())
    return count * ALERTS / seconds, 1000 * statistics.quantiles(waits, n=100)[98]


class Forgetful:
    """A writer that has stored everything already."""

    waiting_rows = 0

    async def write(self, rows: Sequence[Row]) -> int:
        """All new."""
        return len(rows)

    async def close(self) -> None:
        """Nothing waits."""


def serve(root: str, *, stored: bool) -> None:
    """The product's server, on any free port; with ``stored`` false its writer forgets."""
    from opsloop.web import server, serving

    if not stored:
        vars(serving)["GroupWriter"] = lambda *_, **__: Forgetful()
    server.run(Path(root), "127.0.0.1", 0)


def measure(*, stored: bool, dice: random.Random) -> tuple[float, float, float]:
    """One run on a new store: alerts a second, 99th percentile in ms, the server's processor time in us an alert."""
    requests = [request(dice) for _ in range(REQUESTS)]
    with tempfile.TemporaryDirectory() as root:
        settings = "[serve]\nseal_every_minutes = 0\ndetect_every_minutes = 0\nverify_every_minutes = 0\n"
        (Path(root) / "opsloop.toml").write_text(settings)
        command = [sys.executable, __file__, "--serve", root, "store" if stored else "none"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rpartition(":")[2])
            load(port, requests[: REQUESTS // 10])
            began = _processor_s(server.pid)
            rate, p99 = load(port, requests[REQUESTS // 10 :])
            return rate, p99, 1e6 * (_processor_s(server.pid) - began) / (ALERTS * len(requests) * 0.9)
        finally:
            server.terminate()
            server.wait()


def _processor_s(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(rounds: int = 5) -> None:
    """Print the figures."""
    dice = random.Random(11)
    runs: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    for _ in range(rounds):
        for stored, results in runs.items():
            results.append(measure(stored=stored, dice=dice))
    durable, forgetful = (statistics.median(rate for rate, _, _ in runs[stored]) for stored in (True, False))
    p99 = statistics.median(wait for _, wait, _ in runs[True])
    cost = [statistics.median(cost for _, _, cost in runs[stored]) for stored in (True, False)]
    tell("durable", durable, "alerts/s", at_least=40_000)
    tell("best durable run", max(runs[True])[0], "alerts/s")
    tell("durable / the same server without a store", durable / forgetful, "x", at_least=0.4)
    tell("p99", p99, "ms", at_most=25)
    print(f"processor time of the server: {cost[0]:.0f} us an alert, {cost[1]:.0f} without a store")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], stored=sys.argv[3] == "store")
    else:
        main(*(int(word) for word in sys.argv[1:]))
