"""``detect``: patterns in the signals become learnings, each once."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from opsloop.model import Finding, format_time

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.detect import Folded
    from opsloop.verbs.workspace import Workspace


def detect(
    ws: Workspace,
    *,
    dry_run: bool = False,
    since: datetime | None = None,
    engine: str | None = None,
    only: Collection[str] = (),
) -> dict[str, Any]:
    """Run every enabled detector and write its findings as entries; a second run changes nothing.

    ``dry_run`` writes nothing. ``since`` reports only what showed at or after it; ``only`` names detectors. Raises
    BadInput for an unknown engine or threshold, NotFound for an unknown detector.
    """
    from filelock import FileLock

    from opsloop import detect as patterns
    from opsloop.detect.unusable import unusable
    from opsloop.signals.history import open_history
    from opsloop.signals.listing import steadily

    settings = with_slos(ws)
    asked = replace(settings.engine, url=engine) if engine else settings.engine

    def look() -> tuple[list[Finding], list[dict[str, Any]]]:
        with open_history(ws.store, asked, now=ws.now) as history:
            found = patterns.find(history, now=ws.now, settings=settings, since=since, only=only)
            return found, unusable(history, now=ws.now)

    found, skipped = steadily(look)
    if dry_run:
        folded = patterns.fold(found, ws.journal, now=ws.now, write=False)
    else:
        with FileLock(ws.state / "detect.lock"):
            folded = patterns.fold(found, ws.journal, now=ws.now)
        _record(ws, folded)
    return {"findings": [_as_json(one) for one in folded], "unusable": skipped}


def with_slos(ws: Workspace) -> Settings:
    """The settings with the SLOs that ``slo/*.yaml`` declare."""
    from opsloop.verbs.metrics import declared_slos

    return replace(ws.settings, slo=tuple(declared_slos(ws).values()))


def _record(ws: Workspace, folded: list[Folded]) -> None:
    for one in folded:
        if one.state in {"new", "updated"}:
            detail = f"{one.finding.pattern_key}: {one.finding.count} occurrences"
            ws.audit.record(actor="detect", action=one.state, subject=one.finding.entry_id or "", detail=detail)


def _as_json(one: Folded) -> dict[str, Any]:
    finding = {item.name: getattr(one.finding, item.name) for item in fields(Finding)}
    return finding | {
        "first_seen": format_time(one.finding.first_seen),
        "last_seen": format_time(one.finding.last_seen),
        "evidence": list(one.finding.evidence),
        "metrics": {name: _plain(value) for name, value in one.finding.metrics.items()},
        "state": one.state,
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if isinstance(value, float) and value - value != 0 else value
