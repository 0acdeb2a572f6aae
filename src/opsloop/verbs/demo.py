"""``demo``: ninety days of a fictional company, run through the whole loop."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import Conflict
from opsloop.verbs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from opsloop.model import Signal

STORY: Final = "demo.json"
SYMPTOM: Final = "checkout times out waiting for database connections"
_FIXED: Final = {"event-bus": "EventBusBacklog", "search": "SearchLatencyHigh"}
"""What the company promoted to a runbook on the day of the fix: one helped, one did not."""


def demo(ws: Workspace) -> dict[str, Any]:
    """Fill the folder with the company's history and tell what the loop made of it.

    The first part of the history is detected and promoted as of its own day, the rest as of ``ws.now``, so that
    nothing looks ahead. A folder that holds an earlier demo is told again, unchanged; raises Conflict for any other
    folder that is in use.
    """
    story = ws.state_path / STORY
    if story.is_file():
        return dict(json.loads(story.read_text(encoding="utf-8")))
    _refuse_used(ws.root)
    from opsloop.demo import alerts, history, settings
    from opsloop.verbs.init import init

    ws.root.mkdir(parents=True, exist_ok=True)
    (ws.root / "opsloop.toml").write_text(settings(), encoding="utf-8")
    init(ws)
    signals = history(ws.now)
    fixed_on = ws.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_days_since(alerts.FIX_DAY))
    then = Workspace(ws.root, fixed_on)
    first = _observe(then, (signal for signal in signals if signal.at < fixed_on), only=["alert_recurrence"])
    promoted = _promote(then, first["findings"])
    now = Workspace(ws.root, ws.now)
    second = _observe(now, (signal for signal in signals if signal.at >= fixed_on))
    told = _tell(now, signals, fixed_on.date().isoformat(), promoted, second["findings"])
    story.write_text(json.dumps(told, ensure_ascii=False, default=str), encoding="utf-8")
    return told


def _refuse_used(root: Path) -> None:
    held = [path.name for path in root.iterdir() if path.name != ".git"] if root.is_dir() else []
    if held:
        msg = f"{root} is not empty (it holds {min(held)}); name a new folder: opsloop demo FOLDER"
        raise Conflict(msg)


def _days_since(day: int) -> int:
    from opsloop.demo import DAYS

    return DAYS - day


def _observe(ws: Workspace, signals: Iterable[Signal], *, only: Collection[str] = ()) -> dict[str, Any]:
    from opsloop.verbs.detect import detect

    ws.store.append(list(signals), origin="demo", now=ws.now)
    return detect(ws, only=only)


def _promote(ws: Workspace, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from opsloop.verbs.promote import promote

    promoted = []
    for service, monitor in _FIXED.items():
        entry_id = next(
            finding["entry_id"]
            for finding in findings
            if finding["detector"] == "alert_recurrence" and finding["service"] == service
        )
        written = promote(ws, [entry_id], "runbook", write=True, actor="demo")
        promoted.append({"id": entry_id, "monitor": monitor, "service": service, "path": written["path"]})
    return promoted


def _tell(
    ws: Workspace,
    signals: list[Signal],
    fixed_on: str,
    promoted: list[dict[str, Any]],
    findings: list[dict[str, Any]],
) -> dict[str, Any]:
    from opsloop.verbs.candidates import candidates
    from opsloop.verbs.recall import recall
    from opsloop.verbs.verify import verify

    verdicts = verify(ws)["verdicts"]
    names = {item["id"]: item["monitor"] for item in promoted}
    return {
        "root": str(ws.root),
        "signals": len(signals),
        "services": len({signal.service for signal in signals}),
        "from": signals[0].at.isoformat(),
        "to": signals[-1].at.isoformat(),
        "found": dict(Counter(finding["detector"] for finding in findings).most_common()),
        "findings": [
            {
                name: finding[name]
                for name in ("detector", "priority", "count", "service", "summary", "pattern_key", "entry_id")
            }
            for finding in findings
        ],
        "entries": len(ws.journal.entries()),
        "promoted_on": fixed_on,
        "promoted": promoted,
        "verdicts": [verdict | {"monitor": names.get(verdict["id"], "")} for verdict in verdicts],
        "asked": SYMPTOM,
        "recalled": recall(ws, SYMPTOM)["results"],
        "candidates": candidates(ws)["results"][:5],
    }
