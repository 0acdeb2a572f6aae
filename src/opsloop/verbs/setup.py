"""For ``doctor``: is what opsloop keeps for itself as it should be, and can it be written?"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Final

from opsloop.errors import OpsloopError
from opsloop.verbs.doctor import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsloop.verbs.workspace import Workspace

_KEY_BYTES: Final = 32
_SECRET_FILES: Final = ("mask.key", "tokens.json", "audit.jsonl")
_LOCKS: Final = ("journal.lock", "detect.lock", "promote.lock", "tokens.lock", "background.lock")


def check(ws: Workspace) -> Iterator[Trouble]:
    """Folders, secrets, small files, the stores and the settings that name other things."""
    yield from _folders(ws)
    if ws.state_path.is_dir():
        yield from _secrets(ws.state_path)
        yield from _small_files(ws.state_path)
        yield from _locks(ws.state_path)
    _ = ws.settings  # what follows makes no sense without them
    yield from _stores(ws)
    yield from _settings(ws)
    yield from _cut_off(ws)


def _folders(ws: Workspace) -> Iterator[Trouble]:
    for path in (ws.root / ".learnings", ws.state_path):
        if path.exists() and not path.is_dir():
            yield _trouble(path, "is a file where a folder belongs", "move it out of the way, then 'opsloop init'")
        elif path.is_dir() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            yield _trouble(path, "cannot be read and written by you", f"chmod u+rwx {path}")


def _secrets(state: Path) -> Iterator[Trouble]:
    key = state / "mask.key"
    if key.exists() and (not key.is_file() or key.stat().st_size != _KEY_BYTES):
        fix = "put the old one back from a backup; without one delete it, and old and new masks differ"
        yield _trouble(key, f"is not a key of {_KEY_BYTES} bytes: masks would not match those of before", fix)
    for name in _SECRET_FILES:
        path = state / name
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield _trouble(path, "can be read by others on this machine", f"chmod 600 {path}")


def _small_files(state: Path) -> Iterator[Trouble]:
    """JSON that opsloop rewrites whole; a line each in the others."""
    for name, lines in (("tokens.json", False), ("review.json", False), ("runs.jsonl", True), ("audit.jsonl", True)):
        path = state / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
            for part in text.splitlines() if lines else [text]:
                json.loads(part)
        except (ValueError, OSError) as error:
            fix = "mend the line" if name == "audit.jsonl" else "move it away; opsloop starts a new one"
            yield _trouble(path, f"cannot be read as JSON: {error}", fix)


def _locks(state: Path) -> Iterator[Trouble]:
    for name in _LOCKS:
        if (state / name).is_dir():
            yield _trouble(state / name, "is a folder where a lock file belongs", f"rmdir {state / name}")


def _stores(ws: Workspace) -> Iterator[Trouble]:
    """The signals are asked for one, which opens what holds them, hot and sealed; the index for any."""
    yield from _tried(
        ws.state_path / "signals.sqlite", lambda: ws.store.read(limit=1), "move the file away and restore it"
    )
    if (ws.state_path / "index.sqlite").exists():
        yield from _tried(ws.state_path / "index.sqlite", ws.index.newest, "opsloop reindex")


def _settings(ws: Workspace) -> Iterator[Trouble]:
    """Names in opsloop.toml that must exist elsewhere: detectors and thresholds, sources and their secrets, engines."""
    from opsloop.detectors import chosen
    from opsloop.signals.table import open_table
    from opsloop.verbs.receive import Intake

    settings, path = ws.settings, ws.root / "opsloop.toml"
    yield from _tried(path, lambda: chosen(settings), "mend opsloop.toml")
    yield from _tried(path, lambda: Intake(ws), "set it where the server runs, or mend opsloop.toml")
    engine = settings.engine
    if not engine.is_duckdb:
        yield from _tried(path, lambda: open_table(ws.store, engine), "install the extra, or leave [engine] out")


def _cut_off(ws: Workspace) -> Iterator[Trouble]:
    """A file of the journal that ends in the middle of a line."""
    for path, _ in ws.journal.layout.files():
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            last = data.rsplit(b"\n", 1)[-1][:60].decode("utf-8", "replace")
            what = f"ends in the middle of a line: {last!r}; a write was cut off, or an editor left no line end"
            yield _trouble(path, what, "complete the entry or delete its rest; the next write closes it as it is")


def _tried(where: Path, work: Callable[[], object], fix: str) -> Iterator[Trouble]:
    try:
        work()
    except OpsloopError as error:
        yield _trouble(where, str(error), fix)


def _trouble(where: Path, what: str, fix: str) -> Trouble:
    return Trouble(check="setup", where=str(where), what=what, fix=fix)
