"""Hook calls that failed, counted where ``opsloop doctor`` finds them: what kind and where, never what was told."""

from __future__ import annotations

import os
import sys
import time

FILE_NAME = "hook-failures"
_LIMIT = 64_000
"""Bytes; a hook that fails on every call must not fill a disk."""


def count(error: BaseException, raw: bytes) -> None:
    """Append one line to ``.opsloop/hook-failures`` of the project that the process runs in."""
    from opsloop.dispatch import ground

    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}" if frame else "?"  # noqa: PTH119
    what = f"{type(error).__name__} at {where}, {len(raw)} bytes on stdin"
    path = f"{ground.state(ground.project(os.getcwd()))}/{FILE_NAME}"  # noqa: PTH109
    if os.path.exists(path) and os.path.getsize(path) > _LIMIT:  # noqa: PTH110, PTH202
        return
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f"{at} {' '.join(sys.argv[1:3])[:60]} {what}\n")
