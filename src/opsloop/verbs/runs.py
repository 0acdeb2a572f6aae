"""What the server did by itself: one JSON object a run, the latest few hundred."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import parse_time

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from opsloop.verbs.workspace import Workspace

FILE_NAME: Final = "runs.jsonl"
STOPPED: Final = "stopped"
"""The result of a run that its server, stopping, ended."""
_KEPT: Final = 500


def runs(ws: Workspace, *, limit: int = 100) -> dict[str, Any]:
    """The latest runs, newest first: job, started_at, seconds, result (ok, failed, stopped) and detail."""
    return {"runs": _read(ws.state_path / FILE_NAME)[::-1][:limit]}


def record(ws: Workspace, run: dict[str, Any]) -> None:
    """Add one run. The caller holds the lock of the background jobs."""
    path = ws.state / FILE_NAME
    lines = [json.dumps(line) for line in (*_read(path)[-_KEPT:], run)]
    draft = path.with_suffix(".draft")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(path)


def last_started(ws: Workspace, job: str) -> datetime | None:
    """When the job last began, whichever process ran it; a run that was stopped does not count."""
    done = [run for run in _read(ws.state_path / FILE_NAME) if run["job"] == job and run["result"] != STOPPED]
    return max((parse_time(run["started_at"]) for run in done), default=None)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
