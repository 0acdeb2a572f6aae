"""From two windows and the planned looks to a verdict."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from opsloop.model import Decision, Exposure, Verdict
from opsloop.verify.rates import CONFIDENCE, RateRatio, days_to_show_halving, rate_ratio
from opsloop.verify.windows import DAY, Window, dispersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SECOND_LOOK_CONFIDENCE: Final = 0.99
"""A second planned look tests at 99%, so that looking twice stays near the 5% of looking once."""
LOOK_DAYS: Final = (30, 90)
MIN_BASELINE_DAYS: Final = 14


def planned_look(promoted_at: datetime, before: Exposure, *, dispersion: float = 1.0) -> datetime:
    """When to look: the day at which a true halving would be seen with 80% power, 30 to 90 days later."""
    shortest, longest = LOOK_DAYS
    needed = days_to_show_halving(before, dispersion=dispersion) or longest
    return promoted_at + min(max(needed, shortest), longest) * DAY


def judge(
    entry_id: str,
    before: Window,
    after: Window,
    *,
    now: datetime,
    looks: Sequence[datetime],
    notes: tuple[str, ...] = (),
) -> Verdict:
    """The verdict at the planned looks: ``after`` starts at the promotion and holds what is known up to ``now``.

    Before the first look it is not_enough_data with the interim figures. At a look [promotion, look) is counted, and
    what it decided stands; only an undecided first look leaves room for the second, which tests at 99%.
    """
    due = [look for look in sorted(looks) if look <= now]
    if not due:
        interim = decide(entry_id, before, _until(after, now), notes=notes)
        when = f"the look is on {min(looks):%Y-%m-%d}; these are interim figures" if looks else "no look is planned"
        reason = interim.reason if interim.reason in {"new_pattern", "short_baseline"} else "before_look"
        return replace(interim, decision="not_enough_data", reason=reason, notes=(*interim.notes, when))
    verdict = decide(entry_id, before, _until(after, due[0]), notes=notes)
    if len(due) > 1 and verdict.decision not in {"improved", "worse"}:
        second = (*notes, "second planned look: tested at 99%")
        return decide(entry_id, before, _until(after, due[1]), confidence=SECOND_LOOK_CONFIDENCE, notes=second)
    return verdict


def _until(window: Window, end: datetime) -> Window:
    cut = max(min(end, window.end), window.start)
    return replace(window, end=cut, times=tuple(time for time in window.times if window.start <= time < cut))


def decide(
    entry_id: str, before: Window, after: Window, *, confidence: float = CONFIDENCE, notes: tuple[str, ...] = ()
) -> Verdict:
    """improved, no_change, worse or not_enough_data for two windows as they stand."""
    base, since = before.exposure, after.exposure
    factor = dispersion(before, after)
    rates = rate_ratio(base, since, confidence=confidence, dispersion=factor)
    needed = days_to_show_halving(base, confidence=confidence, dispersion=factor)
    decision, reason = _decision(base, since, rates, needed)
    if factor > 1:
        notes = (*notes, f"occurrences come in clusters: interval and p widened by a dispersion of {factor:.2f}")
    if needed is None and base.count:
        notes = (*notes, f"a halving cannot be shown against {base.count} before, however long one waits")
    return Verdict(
        id=entry_id,
        decision=decision,
        before=base,
        after=since,
        ratio=rates.ratio,
        ci_low=rates.ci_low,
        ci_high=rates.ci_high,
        p_value=rates.p_value,
        p_fell=rates.p_fell,
        days_needed=None if needed is None or decision in {"improved", "worse"} else max(needed - since.days, 0.0),
        reason=reason,
        notes=notes,
    )


def _decision(base: Exposure, since: Exposure, rates: RateRatio, needed: int | None) -> tuple[Decision, str]:
    for missing, reason in (
        (base.days < MIN_BASELINE_DAYS, "short_baseline"),
        (base.count == 0, "new_pattern"),
        (since.days <= 0, "no_exposure"),
    ):
        if missing:
            return "not_enough_data", reason
    if rates.ci_high is not None and rates.ci_high < 1:
        return "improved", ""
    if rates.ci_low is not None and rates.ci_low > 1:
        return "worse", ""
    shown = needed is not None and since.days >= needed
    return ("no_change", "") if shown else ("not_enough_data", "low_power")


def returned(after: Window, since: Window) -> bool:
    """Did a pattern that had improved come back? ``since`` follows the look that ``after`` ended at.

    Either its rate rose significantly over the one that was judged, or what had vanished happened twice in 30 days.
    """
    quiet, later = after.exposure, since.exposure
    if not quiet.count:
        return any(second - first <= 30 * DAY for first, second in pairwise(sorted(since.times)))
    low = rate_ratio(quiet, later, dispersion=dispersion(after, since)).ci_low
    return low is not None and low > 1
