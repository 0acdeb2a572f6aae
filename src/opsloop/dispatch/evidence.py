"""A ``command`` signal: an agent's command showed a problem. Which pattern, which program, never what it printed."""

from __future__ import annotations

from opsloop.clients.wire import quote
from opsloop.dispatch import ground
from opsloop.signals.hot import HotStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsloop.clients.event import Event

SOURCE = "agent"
_ORIGIN = "hook"
_LONGEST, _TOKEN_LENGTH = 40, 16
"""Characters of a program's name; from how many on it may be a token that somebody pasted."""
_LONG_LOG = 200_000
"""Bytes, some fifteen calls: whoever does not close the file leaves its log to the next, which reads all of it."""
_SAME_CALL_S = 10
"""Two hooks that tell of one command do so within this time; it counts where a client names no call."""


def store(event: Event, judged: dict[str, Any], *, state: str, now: float) -> None:
    """Append the signal; on disk when this returns. The same tool call told twice is one signal."""
    call = event.call or _invented(event, now)
    program = program_of(event.command)
    key, at = judged["pattern_key"], int(now * 1_000_000)
    attrs = {"category": judged["category"], "tool": event.tool[:40], "program": program}
    written = ",".join(f'"{name}":{quote(value)}' for name, value in attrs.items() if value)
    if event.exit_code is not None:
        written += f',"exit_code":"{event.exit_code}"'
    row = (
        *(f"command:{event.session}:{call}", SOURCE, "command", "failed", at, at, None, None, key, judged["severity"]),
        *(key, None, None, f"{key} in an agent's command", f"{{{written}}}", _ORIGIN),
    )
    hot = HotStore(f"{state}/signals.sqlite")
    hot.append([row])
    if ground.size(f"{state}/signals.sqlite-wal") > _LONG_LOG:
        hot.close()  # the last one to close folds the log, with two syncs


def _invented(event: Event, now: float) -> str:
    """A name for a call that its client gave none: what was run, what it printed, and when."""
    from zlib import crc32

    said = f"{event.command}{event.output}".encode("utf-8", "replace")
    return f"{crc32(said):08x}-{int(now / _SAME_CALL_S)}"


def program_of(command: str) -> str:
    """The bare name of what was run; empty where the command line begins with an assignment, a quote or the like."""
    name = command.split(maxsplit=1)[0].rpartition("/")[2] if command.strip() else ""
    if len(name) > _LONGEST or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return ""
    if len(name) < _TOKEN_LENGTH or name.isalpha():
        return name
    from opsloop.redact import redact

    return name if redact(name) == name else ""
