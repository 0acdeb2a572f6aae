"""Codex CLI: ``.codex/hooks.json``, in Claude Code's format. A tool's output is plain text, without an exit code."""

from __future__ import annotations

from opsloop.clients import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.event import Event
    from opsloop.clients.place import Change, Place

HOOKS = {"UserPromptSubmit": None, "PostToolUse": "Bash"}
SETTINGS = ".codex/hooks.json"
INSTRUCTIONS = "AGENTS.md"


def read(told: dict[str, Any]) -> Event:
    """Claude Code's fields; a prompt is known by its turn."""
    event = claude_code.read(told)
    if not event.call and isinstance(told.get("turn_id"), str):
        event.call = told["turn_id"]
    return event


def write(event: Event, context: str) -> str:
    """Claude Code's form and not a key more: Codex fails a hook that writes one."""
    return claude_code.write(event, context)


def changes(place: Place) -> list[Change]:
    """Hooks into hooks.json, which Codex runs once its user trusts them, or a block into AGENTS.md."""
    from opsloop.clients.hooked import added

    return added(place, settings=SETTINGS, hooks=HOOKS, instructions=INSTRUCTIONS)


def removals(place: Place) -> list[Change]:
    """Exactly what ``changes`` added."""
    from opsloop.clients.hooked import removed

    return removed(place, settings=SETTINGS, instructions=INSTRUCTIONS)
