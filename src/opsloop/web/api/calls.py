"""From what was asked to a verb: mostly by the same names, here and there with a translation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from opsloop.errors import BadInput
from opsloop.model import ENTRY_KINDS, asked_time
from opsloop.web import approval
from opsloop.web.api.operation import Document, json_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsloop.metrics.scope import By
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.api import asked as ask

ACTOR: Final = "api"


def verb(place: str, **fixed: Any) -> Callable[[Workspace, ask.Asked], Document]:
    """A verb (``module:function`` below opsloop.verbs) that takes what is asked as it is, and ``fixed``."""
    module, _, name = place.partition(":")

    def call(ws: Workspace, asked: ask.Asked) -> Document:
        run = getattr(import_module(f"opsloop.verbs.{module}"), name)
        document: Document = run(ws, **msgspec.structs.asdict(asked), **fixed)
        return document

    return call


def entries(ws: Workspace, asked: ask.Entries) -> Document:
    """A page of the entries, in the order of the files. A cursor is the id of the last entry of the page before."""
    from opsloop.verbs.entries import document, matching

    filters = msgspec.structs.asdict(asked)
    limit, cursor = filters.pop("limit"), filters.pop("cursor")
    found = matching(ws, **filters)
    first = 0
    if cursor is not None:
        ids = [entry.id for entry in found]
        if cursor not in ids:
            message = f"cursor {cursor!r} is not one that an earlier page of this list gave as next_cursor"
            raise BadInput(message)
        first = ids.index(cursor) + 1
    page = found[first : first + limit]
    more = page[-1].id if len(found) > first + len(page) else None
    return {"entries": [document(ws, entry) for entry in page], "next_cursor": more}


def metrics(ws: Workspace, asked: ask.Metrics) -> Document:
    """One family of figures."""
    from opsloop.verbs.metrics import metrics as run

    if asked.by not in {None, "service", "week"}:
        message = f"by {asked.by!r} is neither service nor week"
        raise BadInput(message)
    window = {"start": _time(asked.start), "end": _time(asked.end)}
    by = cast("By | None", asked.by)
    return run(ws, asked.family, service=asked.service, by=by, thresholds=asked.thresholds, **window)


def findings(ws: Workspace, asked: ask.Detect) -> Document:
    """What detection finds; nothing is written."""
    from opsloop.verbs.detect import detect as run

    return run(ws, dry_run=True, since=_time(asked.since))


def detect(ws: Workspace, asked: ask.Detect) -> Document:
    """Findings become entries, once."""
    from opsloop.verbs.detect import detect as run

    return run(ws, since=_time(asked.since))


def handoff(ws: Workspace, asked: ask.Shift) -> Document:
    """A shift's brief."""
    from opsloop.verbs.handoff import handoff as run

    return run(ws, start=_time(asked.shift_start), end=_time(asked.shift_end))


def log(ws: Workspace, asked: ask.Log) -> Document:
    """Write an entry."""
    from opsloop.verbs.log import log as run

    if asked.kind not in ENTRY_KINDS:
        message = f"kind {asked.kind!r} is none of {' '.join(ENTRY_KINDS)}"
        raise BadInput(message)
    return run(ws, asked.kind, json_object(asked.body), actor=ACTOR)


def ingest(ws: Workspace, asked: ask.Ingest) -> Document:
    """Store what is new of a file."""
    from opsloop.verbs.ingest import ingest as run

    return run(ws, asked.source, asked.body, timezone=asked.timezone)


def promote(ws: Workspace, asked: ask.Promotion) -> Document:
    """A promotion as a diff; nothing is written."""
    return approval.proposed(ws, asked.ids, asked.target, name=asked.name, slo=asked.slo)


def approve(ws: Workspace, asked: ask.Approval) -> Document:
    """Write a promotion whose diff was looked at."""
    return approval.approve(ws, asked.ids, asked.target, seen=asked.seen, actor=ACTOR, name=asked.name, slo=asked.slo)


def _time(text: str | None) -> Any:
    return asked_time(text) if text else None
