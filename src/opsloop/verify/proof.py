"""One entry's proof: its occurrences, what was listened to, the planned windows, the verdict, what was saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from opsloop import detectors
from opsloop.metrics.relations import incidents, known
from opsloop.verify import coverage
from opsloop.verify.durations import Shift, duration_shift
from opsloop.verify.heard import Heard, Series
from opsloop.verify.judgement import judge, returned
from opsloop.verify.occurrences import Occurrence, Occurrences, services_of
from opsloop.verify.plan import TRIGGER_DAYS, Plan, as_written, plan, promoted_at
from opsloop.verify.rates import saved_per_day
from opsloop.verify.windows import Window, dispersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsloop.config import Settings
    from opsloop.model import Entry, Verdict
    from opsloop.signals.table import Table


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
        self._heard = Heard(self._signals, now=now)
        self.occurrences = Occurrences(signals, now=now, settings=settings)

    def plan(self, entry: Entry, changed_at: datetime) -> Plan:
        """The plan of a change made then; what the entry says already stands."""
        return self._plan(entry, self.occurrences.of(entry), changed_at)

    def _plan(self, entry: Entry, seen: Sequence[Occurrence], changed_at: datetime) -> Plan:
        trigger = timedelta(days=self._trigger_days(entry))
        since = self.known_since(entry, seen, changed_at)
        return as_written(entry, plan([one.at for one in seen], changed_at, known_since=since, trigger=trigger))

    def of(self, entry: Entry) -> Proof | None:
        """The proof of a promoted or resolved entry; None for one that is neither."""
        changed_at = promoted_at(entry)
        if changed_at is None:
            return None
        seen = self.occurrences.of(entry)
        planned = self._plan(entry, seen, changed_at)
        exposed, notes = self._exposed(entry, seen, changed_at)
        silent = self._silent(seen)
        times = tuple(one.at for one in exposed)
        before = _window(*planned.baseline, times, silent)
        after = _window(changed_at, max(self._now, changed_at), times, silent)
        notes += coverage.told_of_silence(before, after)
        verdict = judge(entry.id, before, after, now=self._now, looks=planned.looks, notes=notes)
        if seen and not exposed:
            verdict = replace(verdict, decision="not_enough_data", reason="no_exposure")
        verdict = self._unless_gone(verdict, entry, seen, changed_at)
        return Proof(
            plan=planned,
            verdict=verdict,
            came_back=_came_back(entry, verdict, planned, after),
            resolved_in=self._resolved_in(before, after, exposed),
            saved=_saved(before, after, exposed),
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
        return self._heard.since(_services(entry, seen)) or changed_at

    def _exposed(
        self, entry: Entry, seen: Sequence[Occurrence], changed_at: datetime
    ) -> tuple[list[Occurrence], tuple[str, ...]]:
        """The occurrences in services that still exist; a service that vanished is no improvement."""
        lost = self._heard.left(_services(entry, seen), without=_series(seen), after=changed_at)
        if not lost:
            return list(seen), ()
        note = f"not counted, nothing heard of since the change: {', '.join(sorted(lost))}"
        return [one for one in seen if one.service not in lost], (note,)

    def _silent(self, seen: Sequence[Occurrence]) -> tuple[coverage.Span, ...]:
        """When what the pattern is made of could not have been heard: its source was silent, or its way in closed."""
        ways = Counter((one.sign.source, one.sign.origin) for one in seen if one.sign.source)
        if not ways:
            return ()
        ((source, origin), _), *_ = ways.most_common(1)
        heard = self._heard.days(source).without(_series(seen))
        spans = coverage.silent_spans(heard, self._now)
        return coverage.joined([*spans, *self._unheard]) if origin == "webhook" else spans

    def _unless_gone(self, verdict: Verdict, entry: Entry, seen: Sequence[Occurrence], since: datetime) -> Verdict:
        """A monitor that was taken away or renamed makes no improvement."""
        monitors = {one.sign.name for one in seen if one.sign.kind == "alert" and one.sign.name}
        if verdict.decision != "improved" or not monitors:
            return verdict
        fired = self._heard.firings(services_of(entry))
        gone = coverage.gone(monitors, self._heard.said_of(monitors), fired, since)
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


def _services(entry: Entry, seen: Sequence[Occurrence]) -> frozenset[str]:
    """Those that the entry names; where it names none, those that it occurred in."""
    return services_of(entry) or frozenset(one.service for one in seen if one.service)


def _series(seen: Sequence[Occurrence]) -> set[Series]:
    return {(one.sign.name, one.sign.service) for one in seen}


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


def _saved(before: Window, after: Window, seen: Sequence[Occurrence]) -> tuple[float, float, float] | None:
    """Hours of hands-on work saved a year; None where the pattern is no manual work or a side is not observed."""
    spent = {one.at: one.duration_s for one in seen if one.sign.kind == "remediation"}
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
