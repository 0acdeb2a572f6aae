"""Where a hook stands: which project, which state folder, what time it is.

By the functions that ``os`` is made of: importing os and pathlib would take longer than most of what a hook does.
"""

from __future__ import annotations

from posix import environ, getcwd, stat

_MARKERS = (".learnings", "opsloop.toml", ".git")
_KIND, _FOLDER = 0o170000, 0o040000
"""Of a file's mode: the bits that tell what it is, and what they are for a folder."""


def project(*starts: str) -> str:
    """The nearest folder upward from the first of ``starts`` that has one of the markers; else the first that exists.

    The agent's shell may have left the project, so there is more than one start.
    """
    for start in starts:
        folder = _absolute(start) if start else ""
        while folder:
            if any(exists(f"{folder}/{marker}") for marker in _MARKERS):
                return folder
            folder = folder.rpartition("/")[0]
    return next((_absolute(start) for start in starts if start and is_folder(start)), getcwd())


def state(root: str) -> str:
    """``.opsloop`` of the project, made when missing and kept out of version control by its own ignore file."""
    folder = f"{root}/.opsloop"
    if not is_folder(folder):
        import os

        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        with open(f"{folder}/.gitignore", "a", encoding="utf-8") as file:  # noqa: PTH123
            if not file.tell():
                file.write("*\n")
    return folder


def exists(path: str) -> bool:
    """Whether anything has that name, as far as we may see."""
    return _mode(path) is not None


def is_folder(path: str) -> bool:
    """Whether a folder has that name."""
    return (_mode(path) or 0) & _KIND == _FOLDER


def size(path: str) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return stat(path).st_size
    except OSError:
        return 0


def variable(name: str) -> str:
    """What the environment says; empty where it says nothing."""
    return environ.get(name.encode(), b"").decode("utf-8", "surrogateescape")


def _mode(path: str) -> int | None:
    try:
        return stat(path).st_mode
    except (OSError, ValueError):
        return None


def _absolute(path: str) -> str:
    if path.startswith("/") and "//" not in path and "/." not in path:
        return path.rstrip("/")
    import os

    return os.path.abspath(path)  # noqa: PTH100


def clock(now: str | None) -> float:
    """Seconds since 1970; ``now`` in RFC 3339 replaces the machine's clock."""
    if now:
        from datetime import datetime

        return datetime.fromisoformat(now).timestamp()
    import time

    return time.time()
