"""``signals``: what is stored, oldest first."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from opsloop.errors import BadInput
from opsloop.model import KINDS, asked_time, format_time, parse_time

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.verbs.workspace import Workspace


def signals(
    ws: Workspace,
    *,
    kind: str | None = None,
    source: str | None = None,
    service: str | None = None,
    since: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Signals that fit, in the native form. With a ``limit``, ``next_cursor`` asks for the following page."""
    if kind is not None and kind not in KINDS:
        message = f"kind {kind!r} is none of {' '.join(KINDS)}"
        raise BadInput(message)
    if limit is not None and limit < 1:
        message = f"a limit of {limit} shows nothing; 1 is the least"
        raise BadInput(message)
    found = ws.store.read(
        kind=kind,
        source=source,
        service=service,
        since=asked_time(since) if since else None,
        after=_position(cursor) if cursor else None,
        limit=None if limit is None else limit + 1,
    )
    page = found if limit is None else found[:limit]
    more = len(found) > len(page)
    return {
        "signals": [signal.as_json() for signal in page],
        "next_cursor": _cursor(page[-1].at, page[-1].id) if more else None,
    }


def _cursor(at: datetime, id_: str) -> str:
    return base64.urlsafe_b64encode(f"{format_time(at)} {id_}".encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, id_ = text.partition(" ")
        return parse_time(at), id_
    except (ValueError, BadInput):
        message = f"cursor {cursor!r} is not one that an earlier page gave as next_cursor"
        raise BadInput(message) from None
