"""Is this command output an operational problem?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


def classify(ws: Workspace, output: str, *, command: str | None = None, exit_code: int | None = None) -> dict[str, Any]:
    """``operational, category, severity, pattern_key, matched``; the telling line is redacted."""
    from opsloop import rules

    verdict = rules.classify(output, command, exit_code)
    return verdict | {"matched": verdict["matched"] and ws.redact(verdict["matched"])}
