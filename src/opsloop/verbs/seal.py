"""``seal``: signals from the hot tier to the lake, and few files there instead of many."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


MIN_FILES: Final = 2
"""A merge is of two files at least."""


def seal(
    ws: Workspace,
    *,
    older_than_hours: float | None = None,
    compact: bool = False,
    min_files: int = MIN_FILES,
    only_own: bool = False,
) -> dict[str, Any]:
    """Move all, or what was received longer ago than that; says how many rows went to which files.

    With ``compact``, merge the lake's days that have ``min_files`` files of one store or more (``only_own``: of this
    store); ``compacted`` says which files were merged into which, and which replaced ones were deleted.
    """
    older_than = None if older_than_hours is None else timedelta(hours=older_than_hours)
    sealed = ws.store.seal(ws.now, older_than=older_than)
    document: dict[str, Any] = {"rows": sealed.rows, "files": list(sealed.files)}
    if compact:
        _ = ws.state
        done = ws.store.compact(ws.now, min_files=min_files, only_own=only_own)
        document["compacted"] = {
            "merged": list(done.merged),
            "files": list(done.files),
            "deleted": list(done.deleted),
        }
    return document
