"""A person's yes to a promotion: it holds for the diff that was looked at, and for no other."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from opsloop.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.verbs.workspace import Workspace


def proposed(
    ws: Workspace, ids: Sequence[str], target: str, *, name: str | None = None, slo: str | None = None
) -> dict[str, Any]:
    """The promotion as it would be written, with ``seen``, which an approval of just this brings back."""
    from opsloop.verbs.promote import promote

    document = promote(ws, ids, target, name=name, slo=slo)
    return document | {"seen": _fingerprint(document["diff"])}


def approve(
    ws: Workspace,
    ids: Sequence[str],
    target: str,
    *,
    seen: str,
    actor: str,
    name: str | None = None,
    slo: str | None = None,
) -> dict[str, Any]:
    """Write what was seen; raises Conflict when the diff is not the one that was looked at any more."""
    from opsloop.verbs.promote import promote

    if proposed(ws, ids, target, name=name, slo=slo)["seen"] != seen:
        message = "the diff is not the one that was shown; look at it again"
        raise Conflict(message)
    return promote(ws, ids, target, write=True, actor=actor, name=name, slo=slo)


def _fingerprint(diff: str) -> str:
    return hashlib.sha256(diff.encode()).hexdigest()[:16]
