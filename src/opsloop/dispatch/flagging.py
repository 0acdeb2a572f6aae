"""Marking an entry as flagged by the user, from inside the hook: an edit of the journal, so the command does it."""

from __future__ import annotations

from opsloop.dispatch import launcher

_LIMIT_S = 10.0


def flag(root: str, entry: str) -> None:
    """Write ``User-Flagged`` into the entry's metadata. Raises OSError when it could not be done."""
    if launcher.run(root, "agents", "flag", entry, limit_s=_LIMIT_S) is None:
        message = "the opsloop command did not mark the entry"
        raise OSError(message)
