"""GitHub Copilot CLI: a file in ``.github/hooks/``. It runs the hooks of ``.claude/settings.json`` too."""

from __future__ import annotations

from opsloop.clients.event import OTHER, PROMPT, START, TOOL, Event, code_after, table, text, texts
from opsloop.clients.wire import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.place import Change, Place

_MOMENTS = {
    **dict.fromkeys(("userPromptSubmitted", "UserPromptSubmit"), PROMPT),
    **dict.fromkeys(("postToolUse", "PostToolUse"), TOOL),
    **dict.fromkeys(("sessionStart", "SessionStart"), START),
}
SETTINGS = {"project": ".github/hooks/opsloop.json", "user": ".copilot/hooks/opsloop.json"}
INSTRUCTIONS = {"project": ".github/copilot-instructions.md", "user": ".copilot/copilot-instructions.md"}
_TIMEOUT_S = 10


def read(told: dict[str, Any]) -> Event:
    """Camel-case fields from its own hooks, snake-case ones from Claude Code's; which event it is shows in the fields.

    ``resultType`` says success even of a command that failed: the exit code stands in the last line of the text.
    """
    result = table(told.get("toolResult")) or table(told.get("tool_result"))
    arguments = table(told.get("toolArgs")) or table(told.get("tool_input"))
    output = texts(result.get("textResultForLlm") or result.get("text_result_for_llm"))
    tool = text(told.get("toolName")) or text(told.get("tool_name"))
    name = text(told.get("hook_event_name"))
    if not name and result:
        name = "postToolUse"
    elif not name and "prompt" in told:
        name = "userPromptSubmitted"
    return Event(
        moment=_MOMENTS.get(name, OTHER),
        name=name,
        session=text(told.get("sessionId")) or text(told.get("session_id")),
        cwd=text(told.get("cwd")),
        prompt=text(told.get("prompt")),
        tool=tool,
        command=text(arguments.get("command")),
        file=text(arguments.get("path")),
        output=output.rpartition("\n<shellId: ")[0] or output,
        exit_code=code_after(output, "completed with exit code "),
    )


def write(event: Event, context: str) -> str:
    """Only the flat form reaches the model, also from hooks that are written in Claude Code's settings."""
    _ = event
    return f'{{"additionalContext":{quote(context)}}}'


def changes(place: Place) -> list[Change]:
    """A hooks file, or a block into copilot-instructions.md. No matcher: an empty one voids the whole file."""
    from opsloop.clients.hooked import instructed, owned
    from opsloop.clients.place import pretty

    if place.by == "instructions":
        return instructed(place, INSTRUCTIONS[place.scope])
    hook = {"type": "command", "bash": place.command("copilot"), "timeoutSec": _TIMEOUT_S}
    events = {"userPromptSubmitted": [hook], "postToolUse": [hook]}
    return owned(place, {SETTINGS[place.scope]: pretty({"version": 1, "hooks": events})})


def removals(place: Place) -> list[Change]:
    """Our file; our block."""
    from opsloop.clients.hooked import disowned, uninstructed

    return [*disowned(place, [SETTINGS[place.scope]]), *uninstructed(place, INSTRUCTIONS[place.scope])]
