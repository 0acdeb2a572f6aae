"""What a client tells its hook, in one form for all of them. On the hot path, so it imports nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROMPT, TOOL, START, OTHER = "prompt", "tool", "start", "other"


class Event:
    """One call of the hook.

    ``moment`` is PROMPT, TOOL (a tool has run), START (a session begins) or OTHER (nothing may be said). ``name`` is
    the client's own word. ``exit_code`` is None where the client gives none; ``call`` identifies the tool call or
    the prompt, so that one call told twice is known as one.
    """

    __slots__ = ("call", "command", "cwd", "exit_code", "file", "moment", "name", "output", "prompt", "session", "tool")

    def __init__(
        self,
        *,
        moment: str,
        name: str = "",
        session: str = "",
        cwd: str = "",
        prompt: str = "",
        tool: str = "",
        command: str = "",
        file: str = "",
        output: str = "",
        exit_code: int | None = None,
        call: str = "",
    ) -> None:
        self.moment = moment
        self.name = name
        self.session = session
        self.cwd = cwd
        self.prompt = prompt
        self.tool = tool
        self.command = command
        self.file = file
        self.output = output
        self.exit_code = exit_code
        self.call = call

    def as_json(self) -> dict[str, Any]:
        """What is known, without what is empty."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in known.items() if value not in ("", None)}


def text(value: Any) -> str:
    """A field that should be text, whatever the client put there."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> str:
    """All text inside a tool's result: a string, MCP content blocks, or stdout and stderr."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(texts, value)))
    if isinstance(value, dict):
        parts = [texts(value[key]) for key in ("stdout", "stderr", "output", "text", "content") if value.get(key)]
        return "\n".join(filter(None, parts))
    return ""


def table(value: Any) -> dict[str, Any]:
    """A field that should be an object."""
    return value if isinstance(value, dict) else {}


def code_after(output: str, mark: str) -> int | None:
    """The exit code that stands behind the last ``mark`` in the output's last lines; None where there is none."""
    at = output.rfind(mark, max(0, len(output) - 400))
    word = output[at + len(mark) :].strip(" >:\n").split(maxsplit=1)[0:1] if at >= 0 else []
    digits = word[0].rstrip(">.,") if word else ""
    return int(digits) if digits.lstrip("-").isdigit() else None
