"""``agents``: opsloop's hooks in the settings of agent clients. Shown first, written on request, undone exactly.

What is remembered of an installation is a hash of each file before and after, never its text: a client's settings may
hold keys. Uninstalling takes our additions out and uses the hash to know which of several such texts was the original.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import opsloop
from opsloop import clients
from opsloop.clients.place import Change, Place
from opsloop.errors import BadInput, OpsloopError
from opsloop.verbs.doctor import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.clients.place import By, Scope
    from opsloop.verbs.workspace import Workspace

_MEMORY: Final = "agents.json"


def install(
    ws: Workspace, client: str, *, scope: Scope | None = None, by: By = "hooks", write: bool = False
) -> dict[str, Any]:
    """Put our hooks (or a block of instructions) where the client reads them; ``write`` false only shows the diff."""
    module, place = clients.load(client), _place(ws, client, scope, by)
    return _done(ws, "install", client, place, module.changes(place), write=write)


def uninstall(ws: Workspace, client: str, *, scope: Scope | None = None, write: bool = False) -> dict[str, Any]:
    """Take out what ``install`` put in; where nothing else changed, every file is again what it was, byte for byte."""
    module, place = clients.load(client), _place(ws, client, scope, "hooks")
    known = _recall(ws, place)
    changes = [_original(change, known.get(str(change.path), {})) for change in module.removals(place)]
    return _done(ws, "uninstall", client, place, changes, write=write)


def status(ws: Workspace, client: str | None = None) -> dict[str, Any]:
    """What is installed where: ``hooks`` is current, outdated (names another opsloop), absent or unreadable; then
    ``problem`` says why.
    """
    groups = []
    for name in [client] if client else clients.names():
        default = getattr(clients.load(name), "DEFAULT_SCOPE", None)
        for scope in ("project", "user") if default is None else (default,):
            about = {"client": name.replace("_", "-"), "scope": scope}
            try:
                groups.append(about | _state(name, _place(ws, name, scope, "hooks")))
            except OpsloopError as error:
                nothing = {"hooks": "unreadable", "instructions": "unreadable", "files": [], "problem": str(error)}
                groups.append(about | nothing)
    return {"groups": groups}


def _state(client: str, place: Place) -> dict[str, Any]:
    """What of ours stands in one place; raises OpsloopError where a file there cannot be read."""
    module = clients.load(client)
    removable = [change for change in module.removals(place) if change.before is not None]
    pending = module.changes(place)
    blocks = [change for change in removable if change.path.suffix == ".md" and change.guesses]
    hooks = [change for change in removable if change not in blocks]
    return {
        "hooks": "absent" if not hooks else "outdated" if pending else "current",
        "instructions": "present" if blocks else "absent",
        "files": [str(change.path) for change in removable],
        "problem": None,
    }


def _place(ws: Workspace, client: str, scope: Scope | None, by: By) -> Place:
    default: Scope = getattr(clients.load(client), "DEFAULT_SCOPE", "project") if by == "hooks" else "project"
    chosen = scope or default
    hook = Path(opsloop.__file__).resolve().with_name("hook.py")
    return Place(
        folder=ws.root if chosen == "project" else Path.home(),
        scope=chosen,
        python=_real_interpreter(),
        hook=str(hook),
        by=by,
    )


def _real_interpreter() -> str:
    """Not that of the virtual environment, nor a version manager's shim: they read more, or start a process more."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    if not base:
        msg = "this Python does not know its own path; run opsloop with an absolute interpreter"
        raise BadInput(msg)
    return os.path.realpath(base)


def _done(
    ws: Workspace, action: str, client: str, place: Place, changes: list[Change], *, write: bool
) -> dict[str, Any]:
    diff = "".join(_diff(change) for change in changes)
    if write and changes:
        for change in changes:
            _write(change)
        _remember(ws, place, changes, forget=action == "uninstall")
        subject = f"{client} ({place.scope})"
        ws.audit.record(actor="user", action=f"agents.{action}", subject=subject, detail=", ".join(_paths(changes)))
    return {
        "client": client.replace("_", "-"),
        "scope": place.scope,
        "changed": _paths(changes),
        "written": write and bool(changes),
        "diff": diff,
    }


def _paths(changes: list[Change]) -> list[str]:
    return [str(change.path) for change in changes]


def _diff(change: Change) -> str:
    before, after = (text.splitlines(keepends=True) if text else [] for text in (change.before, change.after))
    old, new = ("/dev/null" if text is None else str(change.path) for text in (change.before, change.after))
    lines = list(difflib.unified_diff(before, after, old, new))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _write(change: Change) -> None:
    """Whole or not at all, with the mode the file had; raises Conflict when it changed since it was read."""
    from opsloop.errors import ExternallyChanged

    path = change.path
    now = path.read_bytes() if path.exists() else None
    if now != (None if change.before is None else change.before.encode()):
        raise ExternallyChanged("this file", str(path))
    if change.after is None:
        path.unlink(missing_ok=True)
        _tidy(path.parent)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(change.after.encode())
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        draft.chmod(target.stat().st_mode)
    draft.replace(target)


def _tidy(folder: Path) -> None:
    """Folders that only held our file go with it."""
    from contextlib import suppress

    with suppress(OSError):
        while folder != Path.home() and not (folder / ".git").exists():
            folder.rmdir()
            folder = folder.parent


def _memory_path(ws: Workspace, place: Place) -> Path:
    if place.scope == "project":
        return ws.state / _MEMORY
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "opsloop" / _MEMORY


def _recall(ws: Workspace, place: Place) -> dict[str, dict[str, str | None]]:
    try:
        known = json.loads(_memory_path(ws, place).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(ws: Workspace, place: Place, changes: list[Change], *, forget: bool) -> None:
    known = _recall(ws, place)
    for change in changes:
        if forget:
            known.pop(str(change.path), None)
        else:
            first = known.get(str(change.path))
            ours_before = first is not None and first["after"] == _hash(change.before)
            before = first["before"] if first and ours_before else _hash(change.before)
            known[str(change.path)] = {"before": before, "after": _hash(change.after)}
    path = _memory_path(ws, place)
    if not known:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1), encoding="utf-8")


def _hash(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _original(change: Change, known: dict[str, str | None]) -> Change:
    """The removal that gives back the very text that was there, where the memory can tell."""
    if known.get("after") != _hash(change.before):
        return change
    found = [text for text in change.guesses if _hash(text) == known["before"]]
    return Change(path=change.path, before=change.before, after=found[0]) if found else change


def check_hooks(ws: Workspace) -> Iterator[Trouble]:
    """Hooks that failed since the last look, hooks that name a Python that is gone, and such of another opsloop."""
    failures = ws.state_path / "hook-failures"
    if failures.exists() and (lines := failures.read_text(encoding="utf-8", errors="replace").splitlines()):
        yield Trouble(
            check="hooks",
            where=str(failures),
            what=f"{len(lines)} hook call{'s' * (len(lines) > 1)} failed, the last one: {lines[-1]}",
            fix="mend the cause, then remove this file",
        )
    for group in status(ws)["groups"]:
        if group["hooks"] == "outdated":
            yield Trouble(
                check="hooks",
                where=group["files"][0],
                what=f"the hooks of {group['client']} name another Python or another opsloop than this one",
                fix=f"opsloop agents install {group['client']} --scope {group['scope']} --yes",
            )
        elif group["problem"]:
            where = f"{group['client']}, scope {group['scope']}"
            yield Trouble(check="hooks", where=where, what=group["problem"], fix="see to its permissions, or mend it")
