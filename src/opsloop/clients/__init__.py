"""Agent clients: what Claude Code, Codex and others tell a hook, and what they take from it. One folder a client.

A folder ``clients/NAME/`` is the client NAME. Its module offers::

    def read(told: dict) -> Event: ...                      # the JSON that the client writes to the hook's stdin
    def write(event: Event, context: str) -> str: ...       # what to print so that the model gets ``context``
    def changes(place: Place) -> list[Change]: ...          # what ``agents install`` writes
    def removals(place: Place) -> list[Change]: ...         # what ``agents uninstall`` writes

``read`` and ``write`` run in the hook: they import nothing heavy. ``changes`` and ``removals`` look at files and write
none.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def names() -> list[str]:
    """Every client there is, sorted, as it is typed."""
    import pkgutil

    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__) if module.ispkg)


def load(name: str) -> ModuleType:
    """The module of one client; hyphens and underscores alike. Raises NotFound that lists the names.

    By ``__import__``: importing importlib costs the hook as much as all of this.
    """
    folder = name.replace("-", "_").lower()
    try:
        module = __import__(f"{__name__}.{folder}", fromlist=["read"]) if folder.isidentifier() else None
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{folder}":
            raise
        module = None
    if module is None or not hasattr(module, "__path__"):
        from opsloop.errors import NotFound

        raise NotFound("client", name, known=names())
    return module


def speaker(name: str, told: dict[str, Any]) -> str:
    """Who really speaks: Copilot also runs the hooks of ``.claude/settings.json``, and takes only its own form back.

    It is told from Claude Code by what it writes: a timestamp, and no transcript.
    """
    borrowed = name.replace("-", "_") == "claude_code" and "timestamp" in told and "transcript_path" not in told
    return "copilot" if borrowed else name
