"""Claude Code: ``.claude/settings.json``. A command that fails raises PostToolUseFailure and no PostToolUse."""

from __future__ import annotations

from opsloop.clients.event import OTHER, PROMPT, START, TOOL, Event, code_after, table, text, texts
from opsloop.clients.wire import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.place import Change, Place

_MOMENTS = {"UserPromptSubmit": PROMPT, "PostToolUse": TOOL, "PostToolUseFailure": TOOL, "SessionStart": START}
HOOKS = {"UserPromptSubmit": None, "PostToolUse": "Bash", "PostToolUseFailure": "Bash"}
"""The events that matter and their matchers. Never Stop: context from there keeps the session going for ever."""
SETTINGS = ".claude/settings.json"
INSTRUCTIONS = "CLAUDE.md"


def read(told: dict[str, Any]) -> Event:
    """The hook's stdin; what a failed command printed stands in ``error``, behind ``Exit code N``."""
    moment = _MOMENTS.get(text(told.get("hook_event_name")), OTHER)
    if told.get("is_interrupt") is True:
        moment = OTHER
    arguments = table(told.get("tool_input"))
    output, exit_code = texts(told.get("tool_response")), None
    if error := text(told.get("error")):
        first, _, rest = error.partition("\n")
        exit_code = code_after(first, "Exit code ")
        output = error if exit_code is None else rest
    return Event(
        moment=moment,
        name=text(told.get("hook_event_name")),
        session=text(told.get("session_id")),
        cwd=text(told.get("cwd")),
        prompt=text(told.get("prompt")),
        tool=text(told.get("tool_name")),
        command=text(arguments.get("command")),
        file=text(arguments.get("file_path")),
        output=output,
        exit_code=exit_code,
        call=text(told.get("tool_use_id")) or text(told.get("prompt_id")),
    )


def write(event: Event, context: str) -> str:
    """Only this form reaches the model behind a tool call; an extra key at the root would be an error for Codex."""
    inner = f'"hookEventName":{quote(event.name)},"additionalContext":{quote(context)}'
    return f'{{"hookSpecificOutput":{{{inner}}}}}'


def changes(place: Place) -> list[Change]:
    """Hooks into the settings, or a block into CLAUDE.md."""
    from opsloop.clients.hooked import added

    return added(place, settings=SETTINGS, hooks=HOOKS, instructions=INSTRUCTIONS)


def removals(place: Place) -> list[Change]:
    """Exactly what ``changes`` added."""
    from opsloop.clients.hooked import removed

    return removed(place, settings=SETTINGS, instructions=INSTRUCTIONS)
