"""The wire formats that agent clients speak to their model; one module each, all offering the same five functions.

``offers(body)``   the tools on offer: name -> JSON schema of the arguments
``results(body)``  how many tool results came in since the model last spoke plainly
``heard(body)``    what the model was given, as (role, text) in order
``whole(answer)``  the answer as one JSON document
``stream(answer)`` the answer as server-sent events: (event name or None, data)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the scripted model says: plain text, or one tool call."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid4().hex)


def wire_for(path: str) -> ModuleType | None:
    """The format spoken at this URL path; None where no model lives."""
    from harness.wire import anthropic, chat, gemini, responses

    endings = {
        "/messages": anthropic,
        "/responses": responses,
        "/chat/completions": chat,
        "enerateContent": gemini,
    }
    return next((wire for ending, wire in endings.items() if path.endswith(ending)), None)
