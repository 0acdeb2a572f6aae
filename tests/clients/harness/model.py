"""The scripted model: an HTTP server on loopback that plays steps and writes down every request that offered tools.

A step is ``{"shell": COMMAND}``, ``{"tool": NAME, "arguments": {...}}`` or ``{"text": ...}``. Which step is due is read off
the request (tool results since the last plain answer), so the server has no state that context from a hook could upset.
"""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from harness.wire import Answer, wire_for

SHELLS = ("Bash", "exec_command", "shell_command", "shell", "exec", "run_shell_command", "bash")
PORT = 8123
"""The clients run in a network namespace of their own, where every port is free."""
REQUEST_CAP = 30
"""More requests than any script needs: a client that asks on is caught in a loop."""


def due(steps: list[dict[str, Any]], offered: dict[str, Any], done: int) -> Answer:
    """What the model says now."""
    if not offered:
        return Answer(text="A title")
    if done >= len(steps):
        return Answer(text="All done.")
    step = steps[done]
    if "text" in step:
        return Answer(text=step["text"])
    if "shell" in step:
        name = next(name for name in SHELLS if name in offered)
        return Answer(tool=name, arguments=shell_arguments(offered[name], step["shell"]))
    name = next((name for name in offered if name.endswith(step["tool"])), "")
    if not name:
        return Answer(text=f"no tool {step['tool']} among {' '.join(offered)}")
    return Answer(tool=name, arguments=step.get("arguments", {}))


def shell_arguments(schema: dict[str, Any], command: str) -> dict[str, Any]:
    """The command in the client's own argument, and something plausible in what else it requires."""
    properties = schema.get("properties", {})
    key = next((key for key in ("command", "cmd") if key in properties), "command")
    kind = str(properties.get(key, {}).get("type", "string")).lower()
    plausible = {"boolean": False, "integer": 10_000, "number": 10_000, "array": [], "object": {}}
    arguments = {
        name: plausible.get(str(properties.get(name, {}).get("type", "")).lower(), "a scripted step")
        for name in schema.get("required", [])
    }
    return arguments | {key: ["bash", "-lc", command] if kind == "array" else command}


class Model(ThreadingHTTPServer):
    """Listens on PORT of loopback; ``log`` gets one JSON line for each request with tools."""

    daemon_threads = True

    def __init__(self, steps: list[dict[str, Any]], log: Path) -> None:
        super().__init__(("127.0.0.1", PORT), _Handler)
        self.steps = steps
        self.asked = 0
        self._log = log
        self._lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[Any, Answer]:
        """The wire format spoken at ``path`` and what the script says there."""
        wire = wire_for(path)
        offered = wire.offers(body) if wire else {}
        with self._lock:
            self.asked += bool(offered)
            capped = self.asked > REQUEST_CAP
            if wire and offered:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps({"path": path, "heard": wire.heard(body), "tools": sorted(offered)}) + "\n")
        if not wire or capped:
            return wire, Answer(text="Stop.")
        return wire, due(self.steps, offered, wire.results(body))


class _Handler(BaseHTTPRequestHandler):
    server: Model
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._send(b"", "text/plain")

    def do_GET(self) -> None:
        model = {"id": "scripted", "object": "model", "type": "model", "display_name": "scripted", "owned_by": "test"}
        self._send(json.dumps({"object": "list", "data": [model], "models": []}).encode(), "application/json")

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        body = json.loads(self._body() or b"{}")
        if "count" in path.rpartition("/")[2].lower():
            self._send(b'{"input_tokens": 1, "totalTokens": 1}', "application/json")
            return
        wire, answer = self.server.answer(path, body)
        if wire is None:
            self._send(b"{}", "application/json", 404)
        elif body.get("stream") or "stream" in path:
            events = [
                f"event: {name}\n" * bool(name) + f"data: {json.dumps(data)}\n\n" for name, data in wire.stream(answer)
            ]
            ending = "data: [DONE]\n\n" if path.endswith("/chat/completions") else ""
            self._send(("".join(events) + ending).encode(), "text/event-stream")
        else:
            self._send(json.dumps(wire.whole(answer)).encode(), "application/json")

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            raw = b"".join(pieces)
        else:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        return gzip.decompress(raw) if self.headers.get("content-encoding") == "gzip" else raw

    def _send(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
