"""Promotions: what qualifies, its diff, and a person's yes or no."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from opsloop.web.approval import proposed

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


CANDIDATES: Final = "candidates"
"""The key under which they are kept; to be forgotten when one was approved or rejected."""
_MOST: Final = 40


def promotions(desk: Desk) -> Document:
    """The candidates, most urgent first, with the criterion that each one met; ``to`` shows one target's."""
    found = desk.kept(CANDIDATES, qualified)["results"]
    targets = sorted(Counter(one["target"] for one in found).items())
    chosen = desk.query.get("to", "")
    wanted = [one for one in found if one["target"] == chosen] if chosen in dict(targets) else found
    shown = [
        one
        | {
            "origin": desk.ws.journal.get(one["id"]).origin,
            "criterion": "; ".join(each["criterion"].replace("_", " ") for each in one["criteria"]),
            "evidence": "; ".join(each["evidence"] for each in one["criteria"]),
        }
        for one in wanted[:_MOST]
    ]
    return {
        "candidates": shown,
        "total": len(found),
        "more": len(wanted) - len(shown),
        "targets": targets,
        "chosen": chosen if chosen in dict(targets) else "",
    }


def promotion(desk: Desk, entry_id: str, target: str) -> Document:
    """The diff of one promotion; ``seen`` ties an approval to the diff that was shown."""
    document = proposed(desk.ws, [entry_id], target)
    return {
        "id": entry_id,
        "target": target,
        "summary": desk.ws.journal.get(entry_id).summary,
        "paths": [one["path"] for one in document.get("files", [])] or [document["path"]],
        "lines": [{"mark": _mark(line), "text": line} for line in document["diff"].splitlines()],
        "seen": document["seen"],
        "conflict": document.get("conflict") or "",
    }


def _mark(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "at"
    return {"+": "add", "-": "del"}.get(line[:1], "")


def qualified(ws: Workspace) -> Document:
    """Every candidate; what is still missing stands in its diff."""
    from opsloop.verbs.candidates import qualified

    return {"results": qualified(ws)}
