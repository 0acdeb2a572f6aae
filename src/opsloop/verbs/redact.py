"""Text without secrets, credentials, internal addresses and customers' data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


def redact(ws: Workspace, text: str) -> dict[str, Any]:
    """``text`` with every find masked, with this project's key, hosts and exceptions."""
    return {"text": ws.redact(text)}
