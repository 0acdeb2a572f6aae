"""Run detectors over signals, and keep what they find as learnings: each pattern once.

``find`` is pure: signals in, findings out. ``fold`` writes: a new pattern becomes an entry; a known one's entry is
brought up to date from the evidence, never counted up; a closed one's (resolved, promoted) is left as it is, because
whether its fix failed is for the proof to say.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from opsloop.detect.entries import drafted
from opsloop.detect.matching import OPEN, match, matched
from opsloop.detect.namesakes import Namesakes
from opsloop.detect.refresh import updated
from opsloop.detect.wording import filled, reason
from opsloop.detectors import chosen, load, thresholds
from opsloop.detectors.finding import SCHEMA
from opsloop.detectors.rule import FIXES
from opsloop.errors import OpsloopError
from opsloop.metrics.relations import known
from opsloop.metrics.sharing import daily, sharing
from opsloop.model import Finding, parse_time
from opsloop.progress import steps
from opsloop.signals.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.detectors import Detector
    from opsloop.journal import Journal
    from opsloop.model import Entry
    from opsloop.signals.table import Table

    Change = Callable[[Entry], Entry]

__all__ = ["Folded", "State", "find", "find_with", "fold", "match"]


State = Literal["new", "updated", "unchanged", "closed", "returned"]

_REACHES_DAYS: Final = (9, 33, 61, 121, 366)
"""How far back detectors look when asked about the latest days, rounded up: those that read the same days share what
they compute of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A finding with the entry that holds it, and what happened to that entry.

    ``returned``: it is closed, and the pattern came back after that; nothing was written.
    """

    finding: Finding
    state: State


def find(
    signals: Table | History,
    *,
    now: datetime,
    settings: Settings,
    since: datetime | None = None,
    only: Collection[str] = (),
) -> list[Finding]:
    """What all enabled detectors (or those named by ``only``) find as of ``now``, most urgent first.

    Of a history, what is known of its days is kept for the next run; the findings are the same. ``since`` leaves out
    patterns that neither showed nor became known at or after it. Raises NotFound for a detector that does not exist.
    """
    asked = [load(name) for name in only] or chosen(settings)
    history = signals if isinstance(signals, History) else History(signals=signals)
    signals = history.signals
    seen = known(signals, now)
    with _unwalked(), sharing(seen, history.rollups, until=now):
        told = _kinds(kinds_by_day(seen) if history.rollups else signals)
        concerned = [detector for detector in asked if detector.rule.reads & told]
        found = [
            finding
            for detector in steps(concerned, lambda one: one.name)
            for finding in find_with(detector, signals, now=now, settings=settings, since=since)
        ]
    return sorted(found, key=_urgency)


def _kinds(signals: Table) -> frozenset[str]:
    """The kinds of signals that there are: who reads none of them finds nothing, and need not compile a query."""
    return frozenset(signals.select("kind").distinct().to_pyarrow()["kind"].to_pylist())


@daily(on="on_day", small=True)
def kinds_by_day(signals: Table) -> Table:
    """One row a kind and UTC day on which it occurred: ``kind on_day``."""
    return signals.select("kind", on_day=signals["at"].cast("date")).distinct()


@contextmanager
def _unwalked() -> Iterator[None]:
    """Keep what is loaded already out of the garbage collector's walks: queries are many small objects, and each walk
    for them would look at the libraries too, which was a tenth of a run.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def find_with(
    detector: Detector, signals: Table, *, now: datetime, settings: Settings, since: datetime | None = None
) -> list[Finding]:
    """What one detector finds."""
    with sharing():
        rows = detector.detect(signals, now=now, settings=settings).to_pyarrow().to_pylist()
    if since is not None:
        naive = since.astimezone(UTC).replace(tzinfo=None)
        rows = [row for row in rows if _showed(row) >= naive or row["days"][-1] > naive.date().isoformat()]
    limits = thresholds(detector.name, detector.defaults, settings)
    return [_finding(detector, row, limits) for row in rows]


def fold(findings: Sequence[Finding], journal: Journal, *, now: datetime, write: bool = True) -> list[Folded]:
    """Each finding with its entry's id and what became of it; ``write`` False only says what would."""
    entries = journal.entries()
    folded: list[Folded] = []
    fresh: list[tuple[int, Entry]] = []
    changes: dict[str, Change] = {}
    for finding, entry in zip(findings, matched(findings, entries), strict=True):
        if entry is None:
            fresh.append((len(folded), drafted(finding, load(finding.detector).rule, now=now)))
            folded.append(Folded(finding=finding, state="new"))
            continue
        held = replace(finding, entry_id=entry.id)
        folded.append(Folded(finding=held, state=_state(held, entry)))
        if folded[-1].state == "updated":
            changes[entry.id] = partial(updated, finding=held, rule=load(held.detector).rule)
    if not write:
        return folded
    edited = _edit(journal, changes)
    before = {entry.id: entry for entry in entries if entry.id in edited}
    folded = [_unless_unchanged(one, edited, before) for one in folded]
    for (place, _), entry in zip(fresh, journal.append_all(draft for _, draft in fresh), strict=True):
        folded[place] = replace(folded[place], finding=replace(folded[place].finding, entry_id=entry.id))
    _link(folded, journal)
    return folded


def _state(finding: Finding, entry: Entry) -> State:
    """What becomes of an entry that a finding belongs to."""
    if entry.status not in OPEN:
        closed_at = _closed_at(entry)
        return "returned" if closed_at and finding.last_seen > closed_at else "closed"
    return "unchanged" if updated(entry, finding, load(finding.detector).rule) == entry else "updated"


def _unless_unchanged(one: Folded, edited: Mapping[str, Entry], before: Mapping[str, Entry]) -> Folded:
    """What redaction made the same again was not updated."""
    entry_id = one.finding.entry_id or ""
    same = one.state == "updated" and edited.get(entry_id) == before.get(entry_id)
    return replace(one, state="unchanged") if same else one


def _edit(journal: Journal, changes: Mapping[str, Change]) -> dict[str, Entry]:
    """Carry out the change of each entry, with one rewrite of each file; raises where one may not be edited."""
    edited: dict[str, Entry] = {}
    for entry_id, done in (journal.edit_all(changes) if changes else {}).items():
        if isinstance(done, OpsloopError):
            raise done
        edited[entry_id] = done
    return edited


def _link(folded: Sequence[Folded], journal: Journal) -> None:
    """See Also between the entries of recurring patterns that belong together, in both directions."""
    entries = {entry.id: entry for entry in journal.entries()}
    alike = Namesakes(entries.values())
    seen: dict[str, dict[str, None]] = defaultdict(dict)
    for one in folded:
        entry = entries.get(one.finding.entry_id or "")
        if entry is None or one.state in {"closed", "returned"}:
            continue
        for other in alike.related(entry, one.finding):
            for this, that in ((entry, other), (other, entry)):
                if that.id not in this.metadata.get("See Also", ""):
                    seen[this.id][that.id] = None
    _edit(journal, {entry_id: partial(_seeing, others=list(others)) for entry_id, others in seen.items()})


def _seeing(entry: Entry, others: Sequence[str]) -> Entry:
    seen = [name.strip() for name in entry.metadata.get("See Also", "").split(",") if name.strip()]
    return replace(entry, metadata={**entry.metadata, "See Also": ", ".join(dict.fromkeys([*seen, *others]))})


def _closed_at(entry: Entry) -> datetime | None:
    told = entry.metadata.get("Promoted-At") or entry.resolution.get("Resolved")
    return parse_time(told, timezone=UTC) if told else None


def _urgency(finding: Finding) -> tuple[int, str, str, str]:
    order = ("critical", "high", "medium", "low")
    return order.index(finding.priority), finding.detector, finding.pattern_key, finding.service or ""


def _finding(detector: Detector, row: Mapping[str, Any], limits: Mapping[str, Any]) -> Finding:
    """A row of a detector's table with the sentences that its rule makes of it."""
    rule = detector.rule
    told = {name: _known(value) for name, value in row.items() if name not in SCHEMA and name != "fix"}
    if _is_nameless(row, told):
        told["title"] = None
    fix = row.get("fix") or next(iter(rule.fixes))
    words = {**limits, **row, **told}
    return Finding(
        detector=detector.name,
        pattern_key=row["pattern_key"],
        service=row["service"],
        category=rule.category,
        area=rule.area,
        severity=row["severity"] or rule.severity,
        priority=row["priority"] or rule.priority,
        first_seen=row["first_seen"].replace(tzinfo=UTC),
        last_seen=row["last_seen"].replace(tzinfo=UTC),
        count=row["count"],
        evidence=tuple(row["evidence"]),
        metrics=told
        | {
            "definition": filled(rule.definition, words),
            "systemic_fix": {"kind": fix, "text": FIXES[fix], "because": reason(rule, fix, words)},
        },
        summary=filled(rule.summary, words),
    )


def _showed(row: Mapping[str, Any]) -> datetime:
    """When it was seen or became known the last time."""
    showed: datetime = max(row["last_seen"], row["known_at"])
    return showed


def _known(value: Any) -> Any:
    """A list without what is unknown in it."""
    return [item for item in value if item not in (None, "")] if isinstance(value, list) else value


def _is_nameless(row: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Is the title made from the key of a single thing of no known service? Then it is an id, and no name."""
    made_up = told.get("title") == row["pattern_key"].partition(".")[2]
    return made_up and row["count"] == 1 and not row["service"] and not told.get("services")
