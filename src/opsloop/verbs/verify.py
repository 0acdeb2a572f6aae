"""``verify``: did each promoted or resolved pattern become rarer? Writes the verdict into its entry."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, OpsloopError
from opsloop.metrics.sharing import sharing
from opsloop.model import PRIORITIES, format_time
from opsloop.verbs.coverage import unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsloop.model import Entry, Verdict
    from opsloop.verbs.workspace import Workspace
    from opsloop.verify.proof import Proof, Proofs

DEFINITION: Final = (
    "Rate ratio: occurrences a day in [Promoted-At, Look) over those in the baseline, by the exact conditional test "
    "with its Clopper-Pearson interval (95%; 99% at a second planned look). improved: the interval lies below 1; "
    "worse: above 1; no_change: a true halving would have been seen with 80% power; else not_enough_data."
)
PROVEN: Final = frozenset({"promoted", "promoted_to_skill", "resolved"})
_PLAN: Final = ("Promoted-At", "Baseline", "Look", "Verdict")


def verify(ws: Workspace, entry_id: str | None = None, *, write: bool = True) -> dict[str, Any]:
    """Verdicts of one entry or of all that were promoted or resolved; raises BadInput for an entry that was neither.

    A verdict reached at its look is written into the entry. A pattern that came back reopens its entry. Without
    ``write`` both are only said.
    """
    chosen = [ws.journal.get(entry_id)] if entry_id else [one for one in ws.journal.entries() if one.status in PROVEN]
    found = proofs(ws)
    with sharing():
        proven = [(entry, proof) for entry in chosen if entry.status in PROVEN and (proof := found.of(entry))]
    if entry_id and not proven:
        msg = f"{entry_id} is {chosen[0].status}, with no date of promotion or resolution: nothing to compare yet"
        raise BadInput(msg)
    said = _written(ws, proven) if write else {}
    verdicts = [_told(entry, proof, said.get(entry.id, [])) for entry, proof in proven]
    return {"definition": DEFINITION, "verdicts": sorted(verdicts, key=lambda verdict: str(verdict["id"]))}


def proofs(ws: Workspace) -> Proofs:
    """Proofs over all that is stored."""
    from opsloop.signals.table import open_table
    from opsloop.verify.proof import Proofs

    table = open_table(ws.store, ws.settings.engine)
    return Proofs(table, now=ws.now, settings=ws.settings, unheard=unheard(ws))


def planned(ws: Workspace, entry: Entry) -> dict[str, str]:
    """The proof's plan of a change made to ``entry`` now, as metadata."""
    return proofs(ws).plan(entry, ws.now).metadata()


def _told(entry: Entry, proof: Proof, said: list[str]) -> dict[str, Any]:
    verdict = proof.verdict
    start, end = proof.plan.baseline
    told = asdict(verdict) | {
        "pattern_key": entry.pattern_key,
        "service": entry.service,
        "promoted": entry.extra_fields.get("Promoted"),
        "promoted_at": format_time(proof.plan.promoted_at),
        "baseline": {"from": format_time(start), "to": format_time(end)},
        "looks": [format_time(look) for look in proof.plan.looks],
        "time_to_resolve_s": asdict(proof.resolved_in) if proof.resolved_in else None,
        "toil_saved_h_per_year": dict(zip(("estimate", "low", "high"), proof.saved, strict=True))
        if proof.saved
        else None,
        "came_back": proof.came_back,
        "reopened": bool(proof.came_back),
    }
    told["notes"] = [*verdict.notes, *said]
    return told


def _written(ws: Workspace, proven: Sequence[tuple[Entry, Proof]]) -> dict[str, list[str]]:
    """Write what is final into the entries; returns what there is to say about that, by id."""
    day = f"{ws.now:%Y-%m-%d}"
    came_back = {entry.id: proof.came_back for entry, proof in proven if proof.came_back}
    changes: dict[str, Callable[[Entry], Entry]] = {}
    for entry, proof in proven:
        if proof.came_back:
            changes[entry.id] = partial(_reopened, proof=proof, day=day)
        elif any(look <= ws.now for look in proof.plan.looks) and _judged(entry, proof) != entry:
            changes[entry.id] = partial(_judged, proof=proof)
    said = {}
    for entry_id, result in (ws.journal.edit_all(changes) if changes else {}).items():
        if isinstance(result, OpsloopError):
            said[entry_id] = [f"not written: {result}"]
        elif entry_id in came_back:
            ws.audit.record(actor="verify", action="reopened", subject=entry_id, detail=came_back[entry_id])
            said[entry_id] = [f"came back, {came_back[entry_id]}: reopened"]
    return said


def _judged(entry: Entry, proof: Proof) -> Entry:
    plan = {label: text for label, text in proof.plan.metadata().items() if label not in entry.metadata}
    if entry.resolution.get("Resolved"):
        plan.pop("Promoted-At", None)
    return replace(entry, metadata={**entry.metadata, **plan, "Verdict": words(proof.verdict)})


def _reopened(entry: Entry, proof: Proof, day: str) -> Entry:
    """Open again, one priority higher, with what was tried; the next promotion gets a plan of its own."""
    what = entry.extra_fields.get("Promoted") or "resolved"
    tried = f"{what} {proof.plan.promoted_at:%Y-%m-%d}: {words(proof.verdict)}; {proof.came_back} (reopened {day})"
    before = entry.metadata.get("Tried")
    kept = {label: text for label, text in entry.metadata.items() if label not in _PLAN}
    rank = PRIORITIES.index(entry.priority) if entry.priority in PRIORITIES else 1
    return replace(
        entry,
        status="pending",
        priority=PRIORITIES[min(rank + 1, len(PRIORITIES) - 1)],
        metadata={**kept, "Tried": f"{before} | {tried}" if before else tried},
    )


def words(verdict: Verdict) -> str:
    """A verdict in one line, as it stands in the entry."""
    before, after = verdict.before, verdict.after
    counts = f"{before.count} in {before.days:.0f} days before, {after.count} in {after.days:.0f} after"
    if verdict.ratio is None or verdict.ci_low is None or verdict.ci_high is None:
        return f"{verdict.decision} ({verdict.reason or 'no ratio'}; {counts})"
    return (
        f"{verdict.decision} (rate ratio {verdict.ratio:.2f}, {verdict.ci_low:.2f} to {verdict.ci_high:.2f}; {counts})"
    )
