"""What the journal remembers so that an append need not read the file: derived, checked, rebuilt when in doubt.

For each file the state that it was left in and its lineage, a name that stays the same as long as the file only
grew by our own appends; and for the latest days the highest number given out per type and day.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from opsloop.journal import durable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_VERSION: Final = 1
_DAYS_KEPT: Final = 8
_NUMBERED: Final = re.compile(rb"^## \[([A-Z]+-\d{8})-(\d+)\]", re.MULTILINE)


class Ledger:
    """The remembered state at ``path``; changed only under the journal's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        remembered = _load(path)
        self._files: dict[str, list[Any]] = remembered.get("files", {})
        self._highest: dict[str, int] = remembered.get("highest", {})
        self._scanned: dict[str, int] | None = None

    def adopt(self, paths: Iterable[Path]) -> None:
        """Accept the files as they are; where one is not as it was left, forget what was known of its numbers."""
        for path in paths:
            if self.lineage(path) is None and (state := durable.stamp(path)):
                self._files[str(path)] = [list(state), secrets.token_hex(8)]
                self._highest, self._scanned = {}, None

    def next_number(self, day: str, paths: Iterable[Path]) -> int:
        """The next free number of ``TYPE-YYYYMMDD`` in files that were adopted before."""
        if day not in self._highest:
            if self._scanned is None:
                self._scanned = _highest_numbers(paths)
            self._highest[day] = self._scanned.get(day, 0)
        self._highest[day] += 1
        return self._highest[day]

    def appended(self, path: Path, length: int) -> None:
        """Remember that a file grew by our own append; where something else came in between, forget the file."""
        known = self._files.pop(str(path), None)
        state = durable.stamp(path)
        if known and state and state[1] == known[0][1] + length:
            self._files[str(path)] = [list(state), known[1]]

    def replaced(self, path: Path) -> None:
        """Remember how an edit of ours left the file: a new lineage; no id was added or changed."""
        self._files[str(path)] = [list(durable.stamp(path) or ()), secrets.token_hex(8)]

    def lineage(self, path: Path) -> str | None:
        """The file's present line of growth; None when something else than our appends changed it."""
        known = self._files.get(str(path))
        return known[1] if known and known[0] == list(durable.stamp(path) or ()) else None

    def save(self) -> None:
        """Write what is remembered; losing it costs one read of the files."""
        kept = dict(list(self._highest.items())[-_DAYS_KEPT:])
        document = {"version": _VERSION, "files": self._files, "highest": kept}
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(document), encoding="utf-8")
        draft.replace(self._path)


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return document if isinstance(document, dict) and document.get("version") == _VERSION else {}


def _highest_numbers(paths: Iterable[Path]) -> dict[str, int]:
    """The highest number of every type and day; a random ending such as A7B is none and never collides with one."""
    highest: dict[str, int] = {}
    for path in paths:
        for day, number in _NUMBERED.findall(path.read_bytes()):
            key = day.decode()
            highest[key] = max(highest.get(key, 0), int(number))
    return highest
