"""OpenClaw: a bootstrap hook, and a small native plugin that sees prompts and tool results.

Both speak to us in a form of our own.

Told: ``{"event": "bootstrap" | "prompt" | "tool", "session", "cwd", "prompt", "tool", "command", "output", "exit_code",
"call"}``. Written: ``{"additionalContext": TEXT}``.
"""

from __future__ import annotations

from opsloop.clients.event import OTHER, PROMPT, START, TOOL, Event, text
from opsloop.clients.wire import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.place import Change, Place

DEFAULT_SCOPE = "user"
INSTRUCTIONS = "AGENTS.md"
HOME = ".openclaw"
CONFIG = f"{HOME}/openclaw.json"
HOOK = f"{HOME}/hooks/opsloop"
PLUGIN = f"{HOME}/extensions/opsloop-hooks"
_MOMENTS = {"bootstrap": START, "prompt": PROMPT, "tool": TOOL}


def read(told: dict[str, Any]) -> Event:
    """What handler.js and plugin.js send."""
    exit_code = told.get("exit_code")
    return Event(
        moment=_MOMENTS.get(text(told.get("event")), OTHER),
        name=text(told.get("event")),
        session=text(told.get("session")),
        cwd=text(told.get("cwd")),
        prompt=text(told.get("prompt")),
        tool=text(told.get("tool")),
        command=text(told.get("command")),
        output=text(told.get("output")),
        exit_code=exit_code if isinstance(exit_code, int) else None,
        call=text(told.get("call")),
    )


def write(event: Event, context: str) -> str:
    """The flat form; the JavaScript puts it where OpenClaw wants it."""
    _ = event
    return f'{{"additionalContext":{quote(context)}}}'


def changes(place: Place) -> list[Change]:
    """The hook, the plugin, and both switched on in openclaw.json; or a block into the workspace's AGENTS.md."""
    from opsloop.clients.hooked import instructed, owned
    from opsloop.clients.openclaw import config

    if place.by == "instructions":
        return instructed(place, INSTRUCTIONS)
    config.only_for_users(place)
    return [*owned(place, config.files(place)), *config.switched_on(place)]


def removals(place: Place) -> list[Change]:
    """Exactly what ``changes`` added."""
    from opsloop.clients.hooked import disowned, uninstructed
    from opsloop.clients.openclaw import config

    gone = uninstructed(place, INSTRUCTIONS)
    return (
        gone
        if place.scope == "project"
        else [*disowned(place, config.files(place)), *config.switched_off(place), *gone]
    )
