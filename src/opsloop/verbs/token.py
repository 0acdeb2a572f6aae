"""``token``: who may use the API. Only hashes are stored; a token is shown once, when it is made."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, NotFound, OutsideFailed
from opsloop.model import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.verbs.workspace import Workspace

SCOPES: Final = ("read", "write", "approve")
"""Each includes those before it."""
FILE_NAME: Final = "tokens.json"
_PREFIX: Final = "opsloop_"


def create(ws: Workspace, *, scope: str = "read", name: str = "") -> dict[str, Any]:
    """Make a token: 256 random bits, so that a plain hash of it gives nothing away."""
    if scope not in SCOPES:
        message = f"scope {scope!r} is none of {' '.join(SCOPES)}"
        raise BadInput(message)
    token = _PREFIX + secrets.token_urlsafe(32)
    record = {
        "id": secrets.token_hex(4),
        "name": ws.redact(name),
        "scope": scope,
        "created_at": format_time(ws.now),
        "sha256": _hash(token),
    }
    with _lock(ws):
        _write(ws.state / FILE_NAME, [*_read(ws), record])
    ws.audit.record(actor="cli", action="token.create", subject=str(record["id"]), detail=f"scope {scope}")
    return {**_shown(record), "token": token}


def tokens(ws: Workspace) -> dict[str, Any]:
    """All tokens, without what would let anybody use them."""
    return {"tokens": [_shown(record) for record in _read(ws)]}


def revoke(ws: Workspace, id_: str) -> dict[str, Any]:
    """End a token, at once, also in running servers; raises NotFound."""
    with _lock(ws):
        kept = [record for record in _read(ws) if record["id"] != id_]
        if len(kept) == len(_read(ws)):
            raise NotFound("token", id_, hint="'opsloop token list' shows them")
        _write(ws.state / FILE_NAME, kept)
    ws.audit.record(actor="cli", action="token.revoke", subject=id_, detail="")
    return {"id": id_, "revoked": True}


def scope_of(ws: Workspace, presented: str) -> str | None:
    """The scope of a presented token, compared in constant time; None when it is nobody's."""
    given, scope = _hash(presented), None
    for record in _read(ws):
        if secrets.compare_digest(given, record["sha256"]):
            scope = str(record["scope"])
    return scope


def allows(scope: str | None, wanted: str) -> bool:
    """Does a token of this scope do for what is wanted?"""
    return scope in SCOPES and SCOPES.index(scope) >= SCOPES.index(wanted)


def any_token(ws: Workspace) -> bool:
    """Is there a token at all? Without one, everybody on the machine may read over loopback."""
    return bool(_read(ws))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "sha256"}


def _lock(ws: Workspace) -> Any:
    from filelock import FileLock

    return FileLock(ws.state / "tokens.lock")


def _read(ws: Workspace) -> list[dict[str, Any]]:
    try:
        records: list[dict[str, Any]] = json.loads((ws.state_path / FILE_NAME).read_bytes())
    except FileNotFoundError:
        return []
    except ValueError as error:
        message = f"{ws.state_path / FILE_NAME} is not what opsloop wrote ({error}); move it away and make new tokens"
        raise OutsideFailed(message) from None
    return records


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    draft = path.with_suffix(".draft")
    with open(draft, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(records, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
