"""One entry's proof: its occurrences, what was listened to, the planned windows, the verdict, what was saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from opsloop import detectors
from opsloop.metrics.relations import incidents, known
from opsloop.verify import coverage
from opsloop.verify.durations import Shift, duration_shift
from opsloop.verify.judgement import judge, returned
from opsloop.verify.occurrences import Occurrence, Occurrences, services_of
from opsloop.verify.plan import TRIGGER_DAYS, Plan, as_written, plan, promoted_at
from opsloop.verify.rates import saved_per_day
from opsloop.verify.windows import DAY, Window, dispersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.config import Settings
    from opsloop.model import Entry, Verdict
    from opsloop.signals.table import Table

LEAST_AFTER: Final = 14 * DAY
"""A service is not said to be gone before this long after the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """``came_back`` says why the entry is to be reopened, or is empty; ``saved``: hours of toil a year, low, high."""

    plan: Plan
    verdict: Verdict
    came_back: str = ""
    resolved_in: Shift | None = None
    saved: tuple[float, float, float] | None = None


class Proofs:
    """Proofs over one table of signals as of ``now``."""

    def __init__(
        self, signals: Table, *, now: datetime, settings: Settings, unheard: tuple[coverage.Span, ...] = ()
    ) -> None:
        """``unheard``: when the receiver was down, and no webhook could reach it."""
        self._unheard = unheard
        self._signals = known(signals, now)
        self._now = now
        self._settings = settings
        self.occurrences = Occurrences(signals, now=now, settings=settings)

    def plan(self, entry: Entry, changed_at: datetime) -> Plan:
        """The plan of a change made then; what the entry says already stands."""
        seen = self.occurrences.of(entry)
        trigger = timedelta(days=self._trigger_days(entry))
        since = self.known_since(entry, seen, changed_at)
        return as_written(entry, plan([one.at for one in seen], changed_at, known_since=since, trigger=trigger))

    def of(self, entry: Entry) -> Proof | None:
        """The proof of a promoted or resolved entry; None for one that is neither."""
        changed_at = promoted_at(entry)
        if changed_at is None:
            return None
        planned = self.plan(entry, changed_at)
        seen = self.occurrences.of(entry)
        facts = self._facts(seen)
        exposed, notes = self._exposed(entry, seen, facts, changed_at)
        silent = self._silent(facts)
        times = tuple(one.at for one in exposed)
        before = _window(*planned.baseline, times, silent)
        after = _window(changed_at, max(self._now, changed_at), times, silent)
        notes += coverage.told_of_silence(before, after)
        verdict = judge(entry.id, before, after, now=self._now, looks=planned.looks, notes=notes)
        if seen and not exposed:
            verdict = replace(verdict, decision="not_enough_data", reason="no_exposure")
        verdict = self._unless_gone(verdict, entry, facts, changed_at)
        return Proof(
            plan=planned,
            verdict=verdict,
            came_back=_came_back(entry, verdict, planned, after),
            resolved_in=self._resolved_in(before, after, exposed),
            saved=_saved(before, after, exposed, facts),
        )

    def _trigger_days(self, entry: Entry) -> float:
        """How long the window of the detector is that wrote the entry."""
        name = entry.metadata.get("Detector", "").split(",")[0].strip()
        if name not in detectors.names():
            return TRIGGER_DAYS
        limits = detectors.thresholds(name, detectors.load(name).defaults, self._settings)
        return float(limits.get("window_days", TRIGGER_DAYS))

    def known_since(self, entry: Entry, seen: Sequence[Occurrence], changed_at: datetime) -> datetime:
        """When the history of the entry's services begins; where it names none, that of what it occurred in."""
        services = services_of(entry) or {one.service for one in seen if one.service}
        rows = self._signals
        if services:
            rows = rows.filter(rows.service.isin(sorted(services)))
        first = rows["at"].min().to_pyarrow().as_py()
        return first.replace(tzinfo=UTC) if first else changed_at

    def _facts(self, seen: Sequence[Occurrence]) -> dict[str, dict[str, Any]]:
        """What the occurrences' signals say of themselves, by id."""
        rows = self._signals
        rows = rows.filter(rows.id.isin([one.id for one in seen] or [""]))
        columns = rows.select("id", "kind", "source", "origin", "name", "service", "duration_s")
        return {row["id"]: row for row in columns.to_pyarrow().to_pylist()}

    def _exposed(
        self, entry: Entry, seen: Sequence[Occurrence], facts: dict[str, dict[str, Any]], changed_at: datetime
    ) -> tuple[list[Occurrence], tuple[str, ...]]:
        """The occurrences in services that still exist; a service that vanished is no improvement."""
        services = services_of(entry) or {one.service for one in seen if one.service}
        if not services or self._now < changed_at + LEAST_AFTER:
            return list(seen), ()
        lost = coverage.left(self._signals, services, without=_series(facts), since=changed_at)
        if not lost:
            return list(seen), ()
        note = f"not counted, nothing heard of since the change: {', '.join(sorted(lost))}"
        return [one for one in seen if one.service not in lost], (note,)

    def _silent(self, facts: dict[str, dict[str, Any]]) -> tuple[coverage.Span, ...]:
        """When what the pattern is made of could not have been heard: its source was silent, or its way in closed."""
        ways = Counter((row["source"], row["origin"]) for row in facts.values())
        if not ways:
            return ()
        ((source, origin), _), *_ = ways.most_common(1)
        heard = coverage.days_heard(self._signals, source, without=_series(facts))
        spans = coverage.silent_spans(heard, self._now)
        return coverage.joined([*spans, *self._unheard]) if origin == "webhook" else spans

    def _unless_gone(
        self, verdict: Verdict, entry: Entry, facts: dict[str, dict[str, Any]], since: datetime
    ) -> Verdict:
        """A monitor that was taken away or renamed makes no improvement."""
        monitors = {row["name"] for row in facts.values() if row["kind"] == "alert" and row["name"]}
        if verdict.decision != "improved" or not monitors:
            return verdict
        fired: dict[str, coverage.Span] = {}
        for service in services_of(entry) or {None}:
            fired |= coverage.firings(self._signals, service)
        gone = coverage.gone(monitors, coverage.told_of_monitors(self._signals, since), fired, since)
        if gone is None:
            return verdict
        return replace(verdict, decision="not_enough_data", reason=gone.reason, notes=(*verdict.notes, gone.note))

    @cached_property
    def _repairs(self) -> dict[str, float]:
        """Seconds from detection to resolution of every incident that has both, by its first signal."""
        rows = incidents(self._signals)
        opened = rows.detected_at.coalesce(rows.started_at)
        rows = rows.mutate(seconds=rows.resolved_at.delta(opened, unit="second")).select("first_id", "seconds")
        found = rows.filter(rows.seconds >= 0).to_pyarrow().to_pylist()
        return {row["first_id"]: float(row["seconds"]) for row in found}

    def _resolved_in(self, before: Window, after: Window, seen: Sequence[Occurrence]) -> Shift | None:
        parts = [
            [self._repairs[one.id] for one in seen if one.id in self._repairs and window.start <= one.at < window.end]
            for window in (before, after)
        ]
        return duration_shift(*parts) if any(parts) else None


def _window(start: datetime, end: datetime, times: Sequence[datetime], silent: tuple[coverage.Span, ...]) -> Window:
    return Window(start=start, end=end, times=tuple(time for time in times if start <= time < end), silent=silent)


def _series(facts: dict[str, dict[str, Any]]) -> set[tuple[str | None, str | None]]:
    return {(row["name"], row["service"]) for row in facts.values()}


def _came_back(entry: Entry, verdict: Verdict, planned: Plan, after: Window) -> str:
    """Why an entry has to be opened again; "" where it need not be."""
    if verdict.decision == "worse":
        return "it became more frequent"
    looked = planned.looks[-1] if planned.looks else after.end
    if verdict.decision == "improved":
        judged = _window(after.start, min(looked, after.end), after.times, after.silent)
        since = _window(judged.end, after.end, after.times, after.silent)
        times = len(since.times)
        return f"improved, then {times} times since {looked:%Y-%m-%d}" if returned(judged, since) else ""
    nothing = Window(start=after.start, end=after.start)
    shrinks = verdict.ci_high is not None and verdict.ci_high < 1
    if entry.status == "resolved" and not shrinks and returned(nothing, after):
        return f"{len(after.times)} times since it was resolved"
    return ""


def _saved(
    before: Window, after: Window, seen: Sequence[Occurrence], facts: dict[str, dict[str, Any]]
) -> tuple[float, float, float] | None:
    """Hours of hands-on work saved a year; None where the pattern is no manual work or a side is not observed."""
    spent = {one.at: facts[one.id]["duration_s"] for one in seen if facts.get(one.id, {}).get("kind") == "remediation"}
    hours = [[(spent[at] or 0.0) / 3600 for at in window.times if at in spent] for window in (before, after)]
    if not hours[0]:
        return None
    means = [sum(part) / len(part) if part else 0.0 for part in hours]
    saved = saved_per_day(
        before.exposure,
        after.exposure,
        cost_before=means[0],
        cost_after=means[1] or means[0],
        dispersion=dispersion(before, after),
    )
    return None if saved is None else (saved[0] * 365, saved[1] * 365, saved[2] * 365)
