"""Who qualifies for promotion, by the mission's criteria, and what a text about it would still leave open."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opsloop import targets
from opsloop.errors import OpsloopError
from opsloop.promote import candidates as qualify
from opsloop.promote import material as made_of
from opsloop.promote.rejections import Rejections, evidence_of
from opsloop.targets import prose
from opsloop.verbs.merged import standing_for
from opsloop.verbs.metrics import declared_slos

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsloop.config import Slo
    from opsloop.model import Entry, Signal
    from opsloop.promote.candidates import Candidate
    from opsloop.verbs.workspace import Workspace

_BY_HAND = frozenset({"toil_accumulation", "automation_gap"})
_REMEDIATION = "remediation"


class _Qualified(NamedTuple):
    """A candidate with the manual work that it is about."""

    candidate: Candidate
    repaired: Sequence[Signal]


def candidates(ws: Workspace) -> dict[str, Any]:
    """Who qualifies, by which criterion and evidence, and what is still missing; what was rejected is left out."""
    slos = cache(lambda: declared_slos(ws))
    return {"results": [_told(one) | {"missing": _missing(ws, one, slos)} for one in _qualified(ws)]}


def qualified(ws: Workspace) -> list[dict[str, Any]]:
    """The same without what is missing, which is found by rendering a text for each of them."""
    return [_told(one) for one in _qualified(ws)]


def _qualified(ws: Workspace) -> list[_Qualified]:
    entries = [standing_for(entry, ws.journal) for entry in ws.journal.entries(archived=False)]
    rejected = Rejections(ws.state_path / "rejections.json").standing()
    repaired = _repaired(ws, entries)
    times = {entry_id: [signal.at for signal in done] for entry_id, done in repaired.items()}
    found = []
    for one in qualify.candidates(entries, times):
        turned_down = rejected.get((one.entry.id, one.target))
        if turned_down is None or turned_down.evidence != evidence_of(one.entry):
            found.append(_Qualified(one, repaired.get(one.entry.id, ())))
    return found


def _told(one: _Qualified) -> dict[str, Any]:
    entry = one.candidate.entry
    return {
        "id": entry.id,
        "target": one.candidate.target,
        "summary": entry.summary,
        "priority": entry.priority,
        "criteria": [{"criterion": each.criterion, "evidence": each.evidence} for each in one.candidate.criteria],
    }


def _missing(ws: Workspace, one: _Qualified, slos: Callable[[], Mapping[str, Slo]]) -> list[str]:
    """The questions that the rendered text would leave open; a refusal is one too."""
    entry, target = one.candidate.entry, one.candidate.target
    module = targets.load(target)
    material = made_of.gather(target, module.FORM, [entry], among=(), now=ws.now, settings=ws.settings)
    material = replace(material, occurrences={entry.id: one.repaired})
    try:
        if target == "slo":
            material = replace(material, slo=made_of.slo_of([entry], None, slos()))
        texts = module.render(material).values()
    except OpsloopError as error:
        return [str(error)]
    return list(dict.fromkeys(ask for text in texts for ask in prose.questions(text)))


def _repaired(ws: Workspace, entries: Sequence[Entry]) -> dict[str, list[Signal]]:
    """The manual work that an entry is about, by its id; nothing else that happened is looked at."""
    from opsloop.signals.table import open_table
    from opsloop.verify.occurrences import Occurrences

    toil = [one for one in entries if qualify.category_of(one) in _BY_HAND]
    by_hand = {one.id: one for one in ws.store.read(kind=_REMEDIATION)} if toil else {}
    if not by_hand:
        return {}
    table = open_table(ws.store, ws.settings.engine)
    occurrences = Occurrences(table.filter(table.kind == _REMEDIATION), now=ws.now, settings=ws.settings)
    return {entry.id: [by_hand[seen.id] for seen in occurrences.of(entry) if seen.id in by_hand] for entry in toil}
