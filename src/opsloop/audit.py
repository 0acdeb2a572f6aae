"""Who or what wrote, approved, merged, promoted: one JSON object a line, only ever appended.

Times are the machine's clock, not ``--now``: a record of deeds cannot be dated by the one who does them.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from opsloop.model import format_time
from opsloop.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class AuditLog:
    """The log at ``path``; many processes may record at once."""

    def __init__(self, path: Path, *, redact: Callable[[str], str] = redact) -> None:
        self.path = path
        self._redact = redact

    def record(self, *, actor: str, action: str, subject: str, detail: str = "") -> None:
        """Append one record and have it on the disk when this returns. ``detail`` is redacted."""
        line = {
            "at": format_time(datetime.now(UTC)),
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": self._redact(detail),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, self._closing(descriptor) + json.dumps(line).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def records(self, *, subject: str | None = None) -> list[dict[str, Any]]:
        """What was recorded, oldest first; a line that a crash cut off is left out."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and subject in (None, record.get("subject")):
                found.append(record)
        return found

    @staticmethod
    def _closing(descriptor: int) -> bytes:
        """A line feed where a crash left the last line without one."""
        size = os.fstat(descriptor).st_size
        return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
