"""``promote``: learnings into runbooks, postmortems, backlog, models and rules, as a diff first."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from opsloop import targets
from opsloop.errors import BadInput, Conflict, OutsideFailed
from opsloop.model import format_time
from opsloop.promote import material as made_of
from opsloop.promote.drafts import draft_all
from opsloop.promote.rejections import Rejection, Rejections, evidence_of
from opsloop.promote.related import Related
from opsloop.promote.transaction import INTENTS, LOCK, Intent, Mark, Place, carry_out, repair
from opsloop.redact.external import suspicious
from opsloop.targets import prose
from opsloop.verbs.doctor import Trouble
from opsloop.verbs.journals import own_entry
from opsloop.verbs.metrics import declared_slos, metrics
from opsloop.verbs.verify import proofs
from opsloop.verify.occurrences import services_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsloop.promote.drafts import Draft
    from opsloop.targets import Material
    from opsloop.verbs.workspace import Workspace
    from opsloop.verify.proof import Proofs

_LOCK_SECONDS = 60
_CAPACITY_DAYS = 90


def promote(
    ws: Workspace,
    ids: Sequence[str],
    target: str,
    *,
    write: bool = False,
    branch: str | None = None,
    name: str | None = None,
    slo: str | None = None,
    actor: str = "command line",
) -> dict[str, Any]:
    """The files as a diff; with ``write`` also on the disk, and the entries marked, in one transaction.

    ``name`` is a skill's, ``slo`` a declared SLO's. Raises Conflict where hand edits and the new text change the same
    lines and it was told to write.
    """
    if not ids:
        msg = "which entries? name their ids, or look at 'opsloop promote --candidates'"
        raise BadInput(msg)
    if not write:
        return _document(_draft(ws, ids, target, name=name, slo=slo), written=False)
    if branch:
        return _on_branch(ws, branch, ids, target, name=name, slo=slo, actor=actor)
    with locked(ws):
        repair(place(ws))
        plan = _draft(ws, ids, target, name=name, slo=slo)
        _write(place(ws), plan, actor)
    return _document(plan, written=True)


def reject(
    ws: Workspace, ids: Sequence[str], target: str, reason: str, *, actor: str = "command line"
) -> dict[str, Any]:
    """Remember that these are not to be proposed for the target until there is new evidence."""
    targets.load(target)
    entries = [own_entry(ws, entry_id) for entry_id in ids]
    with locked(ws):
        for entry in entries:
            turned_down = Rejection(
                entry_id=entry.id,
                target=target.replace("-", "_"),
                reason=ws.redact(reason),
                at=format_time(ws.now),
                evidence=evidence_of(entry),
            )
            Rejections(_rejections_path(ws)).add(turned_down)
            ws.audit.record(actor=actor, action="rejected", subject=entry.id, detail=f"promotion to {target}: {reason}")
    return {"path": "", "diff": "", "status": "rejected", "entries": [entry.id for entry in entries]}


def place(ws: Workspace) -> Place:
    """Where promotions of this workspace happen."""
    return Place(root=ws.root, state=ws.state_path, journal=ws.journal, audit=ws.audit)


def cut_off(ws: Workspace) -> Iterator[Trouble]:
    """For ``doctor``: promotions that a crash cut off, carried out now."""
    if not (ws.state_path / INTENTS).is_dir():
        return
    with locked(ws):
        for done in repair(place(ws)):
            yield Trouble(check="promotions", where=".opsloop/promotions", what=done, fix="look at it with git diff")


@contextmanager
def locked(ws: Workspace) -> Iterator[None]:
    """One promotion at a time; raises OutsideFailed when another one does not end."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(ws.state / LOCK, timeout=_LOCK_SECONDS):
            yield
    except Timeout:
        msg = f"another promotion has been running for {_LOCK_SECONDS} s; is one stuck?"
        raise OutsideFailed(msg) from None


class _Plan:
    """A promotion before it happens: what would be written and said."""

    def __init__(self, target: str, drafts: Sequence[Draft], marks: Sequence[Mark], texts: Sequence[str]) -> None:
        self.target = target
        self.drafts = tuple(drafts)
        self.marks = tuple(marks)
        self.questions = list(dict.fromkeys(ask for text in texts for ask in prose.questions(text)))


def _draft(ws: Workspace, ids: Sequence[str], target: str, *, name: str | None, slo: str | None) -> _Plan:
    target = target.strip().lower().replace("-", "_")
    form, module = targets.load(target).FORM, targets.load(target)
    entries = [own_entry(ws, entry_id) for entry_id in dict.fromkeys(ids)]
    among = ws.journal.entries()
    basis = made_of.gather(target, form, entries, among=among, now=ws.now, settings=ws.settings)
    related = Related(among)
    basis = replace(basis, name=name, related={entry.id: related.of(entry) for entry in basis.entries})
    proven = proofs(ws)
    material = _evidence(ws, target, basis, proven, slo)
    files = {path: _clean(ws, path, text) for path, text in module.render(material).items()}
    if form.block or form.once:
        _refuse_steering(files)
    drafts = draft_all(form, files, root=ws.root, bases=place(ws).bases)
    marks = []
    for entry in entries:
        said = proven.plan(entry, ws.now).metadata()
        if form.status == "promoted_to_skill":
            said["Skill-Path"] = drafts[0].path
        marks.append(Mark(entry_id=entry.id, status=form.status, promoted=form.promoted, metadata=said))
    return _Plan(target, drafts, marks, list(files.values()))


def _refuse_steering(files: Mapping[str, str]) -> None:
    """What agents take as instructions must not hold what looks like somebody else's."""
    for path, text in files.items():
        if why := suspicious(text):
            msg = f"{path}: {why}; agents would follow this text: rewrite the entry in your own words first"
            raise BadInput(msg)


def _clean(ws: Workspace, path: str, text: str) -> str:
    """Redacted, except for rules and declarations: they repeat what the project's own settings say."""
    return text if path.endswith(".yaml") else ws.redact(text)


def _evidence(ws: Workspace, target: str, material: Material, proven: Proofs, slo: str | None) -> Material:
    """Add what signals and metrics say."""
    occurrences, evidence, first = {}, {}, {}
    for entry in material.entries:
        seen = proven.occurrences.of(entry)
        occurrences[entry.id], evidence[entry.id] = made_of.evidence_of(entry, ws.store, seen)
        first[entry.id] = proven.known_since(entry, seen, ws.now)
    figures: dict[str, Any] = {"observed_days": made_of.observed_days(material.entries, first, ws.now)}
    material = replace(material, occurrences=occurrences, evidence=evidence, figures=figures)
    if target == "slo":
        return replace(material, slo=made_of.slo_of(material.entries, slo, declared_slos(ws)))
    if target == "capacity":
        return _measured(ws, material)
    return material


def _measured(ws: Workspace, material: Material) -> Material:
    """Add the capacity metrics of each entry's services over their last 90 days, and the samples behind them."""
    start = ws.now - timedelta(days=_CAPACITY_DAYS)
    groups, samples = {}, {}
    for entry in material.entries:
        services = sorted(services_of(entry))
        found = [metrics(ws, "capacity", service=service, start=start)["groups"] for service in services]
        groups[entry.id] = [group for part in found for group in part]
        samples[entry.id] = made_of.samples_of(entry, ws.store)
    return replace(material, figures={**material.figures, "capacity": groups}, evidence=samples)


def _write(where: Place, plan: _Plan, actor: str) -> None:
    _refuse_conflicts(plan)
    for mark in plan.marks:
        where.journal.edit(
            mark.entry_id, lambda entry: entry
        )  # raises, before anything is written, where it can't be marked
    carry_out(Intent(target=plan.target, actor=actor, drafts=plan.drafts, marks=plan.marks), where)


def _refuse_conflicts(plan: _Plan) -> None:
    clashing = [draft.path for draft in plan.drafts if draft.conflict]
    if clashing:
        msg = (
            f"{', '.join(clashing)}: edited by hand where the new text differs too; nothing was written: look at it "
            "without --yes, and bring the lines together in the file"
        )
        raise Conflict(msg)


def _on_branch(
    ws: Workspace, branch: str, ids: Sequence[str], target: str, *, name: str | None, slo: str | None, actor: str
) -> dict[str, Any]:
    from opsloop.journal import Journal
    from opsloop.promote.branch import checkout

    with locked(ws):
        repair(place(ws))
        plan = _draft(ws, ids, target, name=name, slo=slo)
        with checkout(ws.root, branch) as tree:
            journal = Journal(tree.root, redact=ws.redact) if tree.carries_journal else ws.journal
            where = replace(place(ws), root=tree.root, journal=journal)
            _write(where, plan, actor)
            message = f"Promote {', '.join(mark.entry_id for mark in plan.marks)} to {plan.target}"
            tree.commit(message, [draft.path for draft in plan.drafts])
    return _document(plan, written=True) | {"branch": branch}


def _document(plan: _Plan, *, written: bool) -> dict[str, Any]:
    """``path`` is the first file's, ``diff`` that of all of them; ``files`` holds each."""
    done = plan.marks[0].status
    status = "conflict" if any(draft.conflict for draft in plan.drafts) else done if written else "proposed"
    files = [
        {"path": draft.path, "diff": draft.diff, "status": "conflict" if draft.conflict else _change(draft)}
        for draft in plan.drafts
    ]
    return {
        "path": plan.drafts[0].path,
        "diff": "".join(draft.diff for draft in plan.drafts),
        "status": status,
        "files": files,
        "entries": [mark.entry_id for mark in plan.marks],
        "questions": plan.questions,
    }


def _change(draft: Draft) -> str:
    if draft.before is None:
        return "new"
    return "changed" if draft.before != draft.after else "unchanged"


def _rejections_path(ws: Workspace) -> Any:
    return ws.state_path / "rejections.json"
