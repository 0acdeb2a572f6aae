"""Where a hook stands: which project, which state folder, what time it is. Without pathlib, which is dear."""

from __future__ import annotations

import os

_MARKERS = (".learnings", "opsloop.toml", ".git")


def project(*starts: str) -> str:
    """The nearest folder upward from the first of ``starts`` that has one of the markers; else the first that exists.

    The agent's shell may have left the project, so there is more than one start.
    """
    for start in starts:
        folder = os.path.abspath(start) if start else ""  # noqa: PTH100
        while folder:
            if any(os.path.exists(f"{folder}/{marker}") for marker in _MARKERS):  # noqa: PTH110
                return folder
            above = os.path.dirname(folder)  # noqa: PTH120
            folder = above if above != folder else ""
    return next((os.path.abspath(start) for start in starts if start and os.path.isdir(start)), os.getcwd())  # noqa: PTH100, PTH109, PTH112


def state(root: str) -> str:
    """``.opsloop`` of the project, made when missing and kept out of version control by its own ignore file."""
    folder = f"{root}/.opsloop"
    if not os.path.isdir(folder):  # noqa: PTH112
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        with open(f"{folder}/.gitignore", "a", encoding="utf-8") as file:  # noqa: PTH123
            if not file.tell():
                file.write("*\n")
    return folder


def clock(now: str | None) -> float:
    """Seconds since 1970; ``now`` in RFC 3339 replaces the machine's clock."""
    if now:
        from datetime import datetime

        return datetime.fromisoformat(now).timestamp()
    import time

    return time.time()
