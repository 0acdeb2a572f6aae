"""One pattern or two? ``similar`` proposes; ``merge``, ``split`` and ``rename-pattern`` are a person's decisions.

The pattern key alone decides what recurs; text only proposes. Every decision stands in the entries' metadata, so each
can be taken back: ``Merged-Into`` and ``Own-Pattern-Key`` at the entry that was folded, ``Merged-From`` at the one
that stands for both, ``Renamed-From`` and ``Pattern-Aliases`` where a key was renamed. What is found under a key that
an entry had goes on being counted there (``Entry.answers_to``).
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

KEY: Final = "Pattern-Key"
OWN_KEY: Final = "Own-Pattern-Key"
MERGED_INTO: Final = "Merged-Into"
MERGED_FROM: Final = "Merged-From"
ALIASES: Final = "Pattern-Aliases"
RENAMED_FROM: Final = "Renamed-From"

ALIKE: Final = 0.2
"""Least likeness worth a proposal."""
_KEY_FORM: Final = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9][a-z0-9_:/-]*)+")


def similar(ws: Workspace, entry_id: str, *, top: int = 5) -> dict[str, Any]:
    """``results``: other entries that may tell of the same failure, with ``score``, ``margin`` to the next, ``why``,
    and ``proposal``: merge, or link where the same thing happens in another service.
    """
    entry = ws.journal.get(entry_id)
    ws.index.refresh(ws.journal)
    return {"results": similar_to(ws, entry, top=top)}


def similar_to(ws: Workspace, entry: Entry, *, top: int) -> list[dict[str, Any]]:
    """The results of ``similar`` for an entry that is at hand, of an index that is up to date."""
    from opsloop.recall import likeness, rank

    text = " ".join((entry.title.replace("_", " "), entry.summary, entry.root_cause or entry.details[:400]))
    hits = [hit for hit in rank(ws.index, text, now=ws.now.timestamp()) if hit["id"] != entry.id]
    scored = likeness(ws.index, entry.id, [hit["id"] for hit in hits])
    found = [(scored[hit["id"]], hit) for hit in hits if scored.get(hit["id"], 0.0) >= ALIKE]
    found.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    scores = [score for score, _ in found] + [0.0]
    return [
        {
            "id": hit["id"],
            "score": round(score, 3),
            "margin": round(score - scores[place + 1], 3),
            "why": hit["why"],
            "proposal": _proposal(entry, hit),
            "text": hit["summary"],
        }
        for place, (score, hit) in enumerate(found[:top])
    ]


def _proposal(entry: Entry, hit: Mapping[str, Any]) -> str:
    if entry.pattern_key and entry.pattern_key == hit["pattern_key"]:
        return "same pattern already"
    apart = entry.service and hit["service"] and entry.service != hit["service"]
    return "link" if apart else "merge"


def merge(ws: Workspace, keep: str, fold: str, *, actor: str = "cli") -> dict[str, Any]:
    """Let ``keep`` stand for both patterns. ``fold`` keeps its text, its status and the key it had.

    Raises BadInput where ``keep`` has no pattern key or both are one entry; Conflict where either is folded already.
    """
    kept, folded = ws.journal.get(keep), ws.journal.get(fold)
    if keep == fold:
        msg = f"{keep} cannot be merged with itself"
        raise BadInput(msg)
    if not kept.pattern_key:
        msg = f"{keep} has no {KEY}; give it one first, then merge"
        raise BadInput(msg)
    for entry in (kept, folded):
        if into := entry.metadata.get(MERGED_INTO):
            msg = f"{entry.id} is merged into {into} already; `opsloop split {entry.id}` takes that back"
            raise Conflict(msg)
    own, key = folded.pattern_key, kept.pattern_key
    ws.journal.edit(fold, lambda entry: _with(entry, {OWN_KEY: own or "none", MERGED_INTO: keep, KEY: key}))
    ws.journal.edit(keep, lambda entry: _listing(entry, MERGED_FROM, add=fold))
    ws.audit.record(actor=actor, action="merge", subject=keep, detail=f"{fold} {own or ''}".strip())
    return {"id": keep, "merged": fold, "pattern_key": key, "own_pattern_key": own}


def split(ws: Workspace, fold: str, *, actor: str = "cli") -> dict[str, Any]:
    """Take a merge back: ``fold`` has its own key again. Raises BadInput for an entry that is not merged."""
    folded = ws.journal.get(fold)
    keep = folded.metadata.get(MERGED_INTO)
    if not keep:
        msg = f"{fold} is not merged into another entry; name the one that was folded"
        raise BadInput(msg)
    own = folded.metadata.get(OWN_KEY, "none")
    back = None if own == "none" else own
    ws.journal.edit(fold, lambda entry: _with(entry, {OWN_KEY: None, MERGED_INTO: None, KEY: back}))
    with suppress(NotFound):  # the other entry was deleted by hand: nothing there to take back
        ws.journal.edit(keep, lambda entry: _listing(entry, MERGED_FROM, drop=fold))
    ws.audit.record(actor=actor, action="split", subject=fold, detail=keep)
    return {"id": fold, "split_from": keep, "pattern_key": back}


def rename_pattern(ws: Workspace, old: str, new: str, *, actor: str = "cli") -> dict[str, Any]:
    """Give every entry of pattern ``old`` the key ``new``; renaming back is the way back.

    Raises BadInput for a key of another form, NotFound where no entry has ``old``, Conflict where ``new`` is in use.
    """
    if not _KEY_FORM.fullmatch(new):
        msg = f"{new!r} is no pattern key; write category.slug in lower case, such as incident_pattern.pool_exhausted"
        raise BadInput(msg)
    entries = ws.journal.entries()
    named = [entry.id for entry in entries if entry.pattern_key == old]
    if not named:
        raise NotFound("entry with pattern", old, hint="opsloop list shows the keys in use")
    if taken := next((entry.id for entry in entries if entry.pattern_key == new), None):
        msg = f"{new} is the pattern of {taken}; merge the two instead"
        raise Conflict(msg)
    for entry_id in named:
        ws.journal.edit(entry_id, lambda entry: _renamed(entry, old, new))
    ws.audit.record(actor=actor, action="rename-pattern", subject=new, detail=old)
    return {"pattern_key": new, "renamed_from": old, "ids": named}


def _renamed(entry: Entry, old: str, new: str) -> Entry:
    """The key that was renamed stays an alias, so that what is still seen under it is counted here."""
    entry = _listing(_listing(entry, ALIASES, drop=new), ALIASES, add=old)
    if entry.metadata.get(RENAMED_FROM) == new:
        return _listing(_with(entry, {KEY: new, RENAMED_FROM: None}), ALIASES, drop=old)
    return _with(entry, {KEY: new, RENAMED_FROM: old})


def _with(entry: Entry, changes: Mapping[str, str | None]) -> Entry:
    """The entry with these fields of its metadata; None takes one away."""
    metadata = {**entry.metadata, **changes}
    return replace(entry, metadata={name: value for name, value in metadata.items() if value})


def _listing(entry: Entry, name: str, *, add: str | None = None, drop: str | None = None) -> Entry:
    values = [value.strip() for value in entry.metadata.get(name, "").split(",")]
    kept = dict.fromkeys(value for value in [*values, add or ""] if value and value != drop)
    return _with(entry, {name: ", ".join(kept) or None})
