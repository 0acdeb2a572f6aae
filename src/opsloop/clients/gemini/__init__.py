"""Gemini CLI: ``.gemini/settings.json``; prompts come with BeforeAgent, results with AfterTool."""

from __future__ import annotations

from opsloop.clients import claude_code
from opsloop.clients.event import OTHER, PROMPT, START, TOOL, Event, code_after, table, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.place import Change, Place

_MOMENTS = {"BeforeAgent": PROMPT, "AfterTool": TOOL, "SessionStart": START}
HOOKS = {"BeforeAgent": None, "AfterTool": "run_shell_command"}
SETTINGS = ".gemini/settings.json"
INSTRUCTIONS = "GEMINI.md"
_TIMEOUT = 10_000
"""Gemini counts a hook's time in milliseconds."""


def read(told: dict[str, Any]) -> Event:
    """Claude Code's fields, but for the result: ``llmContent`` ends with ``Exit Code: N`` where a command failed."""
    response = table(told.get("tool_response"))
    output = texts(response.get("llmContent"))
    name = text(told.get("hook_event_name"))
    return Event(
        moment=_MOMENTS.get(name, OTHER),
        name=name,
        session=text(told.get("session_id")),
        cwd=text(told.get("cwd")),
        prompt=text(told.get("prompt")),
        tool=text(told.get("tool_name")),
        command=text(table(told.get("tool_input")).get("command")),
        file=text(table(told.get("tool_input")).get("file_path")),
        output=text(response.get("returnDisplay")) or output,
        exit_code=code_after(output, "\nExit Code: "),
        call=text(told.get("timestamp")),
    )


def write(event: Event, context: str) -> str:
    """Claude Code's form."""
    return claude_code.write(event, context)


def changes(place: Place) -> list[Change]:
    """Hooks into the settings, or a block into GEMINI.md."""
    from opsloop.clients.hooked import added

    return added(place, settings=SETTINGS, hooks=HOOKS, instructions=INSTRUCTIONS, timeout=_TIMEOUT)


def removals(place: Place) -> list[Change]:
    """Exactly what ``changes`` added."""
    from opsloop.clients.hooked import removed

    return removed(place, settings=SETTINGS, instructions=INSTRUCTIONS)
