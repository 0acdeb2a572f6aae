"""``pull``: the history of a tool that can be asked, into the store, going on where the last pull ended."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from opsloop.errors import Conflict, OutsideFailed
from opsloop.model import asked_time
from opsloop.sources import Delivery
from opsloop.sources.pulling import Page, Task, load_puller
from opsloop.verbs.coverage import note_pull
from opsloop.verbs.ingest import store
from opsloop.verbs.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from opsloop.verbs.workspace import Workspace


def pull(
    ws: Workspace,
    source: str,
    *,
    since: str | None = None,
    options: Mapping[str, Any] | None = None,
    report: Callable[[Page], None] = lambda _: None,
) -> dict[str, Any]:
    """Ask the tool and store what is new, page by page; ``report`` hears of every page that is stored.

    ``options`` win over ``[sources.NAME]``. With ``since`` history is asked for again from that time on.
    Raises NotFound, BadInput, Conflict while another pull of the source runs, OutsideFailed when the tool does not
    answer, or a part of it: what was stored stays, and the next pull goes on from there.
    """
    puller, name = load_puller(source), source.strip().lower().replace("-", "_")
    settings = {**ws.settings.sources.get(name, {}), **(options or {})}
    folder = ws.state / "cursors"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        msg = f"another pull of {name} is running; wait for it"
        raise Conflict(msg) from None
    try:
        kept, place = _read(path), _place(settings)
        sweep = Sweep.of(kept.get(place), asked_time(since) if since else None, ws.now)
        task = Task(
            options=settings,
            cursor=sweep.cursor,
            since=sweep.since,
            received=Delivery(body=b"", received_at=ws.now),
            standing=sweep.record.cursor,
            slos=ws.settings.slo,
            mask=ws.redact,
        )
        done = {"accepted": 0, "duplicates": 0, "pages": 0}
        notes: list[str] = []
        troubles: list[str] = []
        for page in puller.pull(task):
            counts = store(ws, page.signals, origin="pull")
            _write(path, {**kept, place: sweep.reached(page.cursor).as_json()})
            done = {key: value + counts.get(key, 1) for key, value in done.items()}
            notes += page.notes
            troubles += [page.trouble] if page.trouble else []
            report(page)
        _write(path, {**kept, place: sweep.ended().as_json()})
    finally:
        lock.release()
    if troubles:
        msg = f"{'; '.join(troubles)}; everything else was pulled: {done['accepted']} accepted"
        raise OutsideFailed(msg)
    note_pull(ws, name, done["accepted"])
    return {**done, "rejected": [], "notes": list(dict.fromkeys(notes))}


def _place(settings: Mapping[str, Any]) -> str:
    """Cursors are kept apart for each server that is asked."""
    return str(settings.get("url") or "default")


def _read(path: Path) -> dict[str, Any]:
    """The cursors, or none: a file that cannot be read only means that history is asked for again."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {place: cursor for place, cursor in kept.items() if isinstance(cursor, dict)} if isinstance(kept, dict) else {}
    )


def _write(path: Path, cursors: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(cursors, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
