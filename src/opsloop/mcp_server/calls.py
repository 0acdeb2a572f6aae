"""What every tool call shares: a fresh look at the project, pages of long lists, errors that a model can act on.

And a frame: every result begins by saying that it is quoted data; the strings of JSON are the quotation marks.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from mcp.server.mcpserver.exceptions import ToolError

from opsloop.errors import BadInput, OpsloopError
from opsloop.model import asked_time
from opsloop.redact.external import NOTICE, inert
from opsloop.verbs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ACTOR: Final = "mcp"
_LISTS: Final = ("entries", "results", "findings", "verdicts", "groups", "sections")


def fresh(ws: Workspace) -> Workspace:
    """The same project now: files may have changed since the last call, and time has passed."""
    return Workspace(ws.root)


def reported(call: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Frame the result as data. Turn our own errors into the SDK's, with their code and one line; a crash stays a
    crash and tells nothing.
    """

    @functools.wraps(call)
    def run(*args: Any, **values: Any) -> dict[str, Any]:
        try:
            return {"notice": NOTICE, **_inert(call(*args, **values))}
        except OpsloopError as error:
            msg = inert(f"{error.code}: {' '.join(str(error).split())}")
            raise ToolError(msg) from error

    return run


def _inert(value: Any) -> Any:
    """Every string of a document without what is not seen and without tags that look like ours."""
    match value:
        case str():
            return inert(value)
        case dict():
            return {_inert(key): _inert(item) for key, item in value.items()}
        case list() | tuple():
            return [_inert(item) for item in value]
    return value


def paged(document: dict[str, Any], limit: int, offset: int) -> dict[str, Any]:
    """The document with one page of its list, how many there are, and where the next page begins (null on the last)."""
    name = next((name for name in _LISTS if isinstance(document.get(name), list)), None)
    if name is None:
        return document
    items = document[name]
    after = offset + limit
    page = {"total": len(items), "next_offset": after if after < len(items) else None}
    return {**document, name: items[offset:after], **page}


def moment(text: str | None, name: str) -> datetime | None:
    """A time that a model wrote; None when it wrote none."""
    if text is None:
        return None
    try:
        return asked_time(text)
    except BadInput as error:
        msg = f"{name}: {error}"
        raise BadInput(msg) from None
