"""The server's log: one JSON object a line on stderr. Bodies, headers and query strings are never in it."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime

from opsloop.model import format_time


def log(level: str, event: str, **fields: object) -> None:
    """Say what happened; values are short texts and numbers."""
    line = {"at": format_time(datetime.now(UTC)), "level": level, "event": event, **fields}
    with suppress(OSError):  # a log on a full disk, or a closed pipe, must not stop the receiver
        sys.stderr.write(json.dumps(line, default=str) + "\n")
        sys.stderr.flush()
