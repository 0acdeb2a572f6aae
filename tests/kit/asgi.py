"""The receiver's application without a process and a socket: for many deliveries in little time."""

from __future__ import annotations

import json
from typing import Any


async def deliver(app: Any, source: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], Any]:
    """POST it; status, headers and document of the answer. What is no JSON raises."""
    sent = [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/v1/webhooks/{source}",
        "raw_path": f"/v1/webhooks/{source}".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), *sent],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], answered, json.loads(b"".join(part.get("body", b"") for part in told[1:]))
