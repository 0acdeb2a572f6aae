"""Real processes for tests: started on a free port, waited for, ended with the test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

QUIET = "[serve]\nseal_every_minutes = 0\ndetect_every_minutes = 0\nverify_every_minutes = 0\n"
"""Settings of a server that does nothing by itself."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], Any], *, within_s: float = 30.0, what: str = "it") -> Any:
    """Ask until the answer is true, and return it."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if answer := true():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {within_s:g} s")


class Process:
    """A server as a process of its own; its output goes to a file beside its data."""

    logs: ClassVar[dict[Path, None]] = {}
    """Where this test run's processes wrote, the newest last: shown with a test that fails."""

    def __init__(self, words: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.log = log
        self.logs.pop(log, None)
        self.logs[log] = None
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                words, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def send_signal(self, how: signal.Signals) -> None:
        """Only tell it."""
        self._process.send_signal(how)

    def ended(self, within_s: float = 30.0) -> int:
        """Wait for its end; returns the exit code."""
        return self._process.wait(within_s)

    def stop(self, how: signal.Signals = signal.SIGTERM, within_s: float = 30.0) -> int:
        """End it as an operator would; returns the exit code."""
        self.send_signal(how)
        return self.ended(within_s)


class Receiver(Process):
    """``opsloop serve`` on a project folder."""

    def __init__(self, root: Path, *words: str, env: Mapping[str, str] | None = None, port: int = 0) -> None:
        log = root / "serve.log"
        begun = log.stat().st_size if log.exists() else 0
        command = [sys.executable, "-m", "opsloop", "--root", str(root), "serve", "--port", str(port), *words]
        super().__init__(command, log, env)
        ready = wait_until(lambda: self._ready_line(begun), what="a ready line")
        self.url = str(ready).rpartition(" ")[2]

    def _ready_line(self, begun: int) -> str | None:
        told = self.log.read_bytes()[begun:].decode()
        assert self.running, told
        return next(
            (line for line in told.splitlines(keepends=True) if " on http" in line and line.endswith("\n")), ""
        ).strip()

    def post(self, source: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        """Deliver a webhook; status and document."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", f"/v1/webhooks/{source}", raw, **{"content-type": "application/json", **headers})

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: bytes | None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text, kind = answer.status, answer.read(), answer.headers["content-type"]
        except urllib.error.HTTPError as refused:
            status, text, kind = refused.code, refused.read(), refused.headers["content-type"]
        return status, json.loads(text) if kind == "application/json" else text.decode()


def notification(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What Alertmanager posts."""
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "opsloop", "alerts": list(alerts), **more}


def alert(
    number: int, *, status: str = "firing", service: str = "checkout", name: str = "HighErrorRate"
) -> dict[str, Any]:
    """One alert of Alertmanager's form, different for every number."""
    return {
        "status": status,
        "labels": {"alertname": name, "service": service, "severity": "critical"},
        "annotations": {"summary": "5xx above 2%"},
        "startsAt": f"2026-03-02T08:{number // 60 % 60:02d}:{number % 60:02d}.{number // 3600:06d}Z",
        "endsAt": "2026-03-02T10:00:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": f"{number:016x}",
    }
