"""Promotions: what qualifies, its diff, and a person's yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.web.approval import proposed

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


def promotions(desk: Desk) -> Document:
    """The candidates, with the criterion that each one met."""
    found = desk.kept("candidates", _candidates, fresh=True)["results"]
    shown = [
        one
        | {
            "criterion": "; ".join(each["criterion"].replace("_", " ") for each in one["criteria"]),
            "evidence": "; ".join(each["evidence"] for each in one["criteria"]),
        }
        for one in found
    ]
    return {"candidates": shown}


def promotion(desk: Desk, entry_id: str, target: str) -> Document:
    """The diff of one promotion; ``seen`` ties an approval to the diff that was shown."""
    document = proposed(desk.ws, [entry_id], target)
    return {
        "id": entry_id,
        "target": target,
        "paths": [one["path"] for one in document.get("files", [])] or [document["path"]],
        "lines": [{"mark": _mark(line), "text": line} for line in document["diff"].splitlines()],
        "seen": document["seen"],
        "conflict": document.get("conflict") or "",
    }


def _mark(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "at"
    return {"+": "add", "-": "del"}.get(line[:1], "")


def _candidates(ws: Workspace) -> Document:
    from opsloop.verbs.promote import candidates

    return candidates(ws)
