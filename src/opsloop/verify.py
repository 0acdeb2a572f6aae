"""Did the improvement work? Before/after statistics over counts and durations; pure functions, no clock, no files.

Counts are compared by the exact conditional test: given n = before + after occurrences, the number after is binomial
with share s = ratio * days_after / (days_before + ratio * days_after) (Przyborowski and Wilenski 1940), so the
Clopper-Pearson interval of s is an exact interval of the rate ratio. Where occurrences come in clusters, they carry
less information than their number: counts are divided by the dispersion (quasi-likelihood), and the verdict says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from opsloop.model import Decision, Exposure, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY: Final = timedelta(days=1)
CONFIDENCE: Final = 0.95
SECOND_LOOK_CONFIDENCE: Final = 0.99
"""A second planned look tests at 99%, so that looking twice stays near the 5% of looking once."""
POWER: Final = 0.80
LOOK_DAYS: Final = (30, 90)
BASELINE_DAYS: Final = 180
MIN_BASELINE_DAYS: Final = 14
HORIZON_DAYS: Final = 3650
"""A halving that ten more years would not show is said to be unreachable."""
CLUSTER_SCALES: Final = (timedelta(hours=1), timedelta(hours=6), DAY, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
CLUSTER_ALPHA: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Occurrences in [start, end), without the spans in which nobody was listening (``silent``, disjoint, ordered)."""

    start: datetime
    end: datetime
    times: tuple[datetime, ...] = ()
    silent: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def exposure(self) -> Exposure:
        """Count and days under observation; what falls into a silent span is not counted."""
        spans = [(max(begin, self.start), min(end, self.end)) for begin, end in self.silent]
        deaf = sum(((end - begin) for begin, end in spans if end > begin), start=timedelta())
        heard = sum(1 for time in self.times if not any(begin <= time < end for begin, end in spans))
        return Exposure(count=heard, days=max((self.end - self.start - deaf) / DAY, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Rate after / rate before with its interval; an infinite or undefined number is None. ``p_fell``: P(rate fell)."""

    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    p_fell: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far durations moved, in their own unit: Hodges-Lehmann shift (after - before), interval, Mann-Whitney p."""

    n_before: int
    n_after: int
    shift: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None


def rate_ratio(
    before: Exposure, after: Exposure, *, confidence: float = CONFIDENCE, dispersion: float = 1.0
) -> RateRatio:
    """Compare two rates exactly. ``dispersion`` > 1 widens: it divides the counts that interval and p rest on.

    P(fell) is Bayesian: Gamma-Poisson with Jeffreys' prior for both rates.
    """
    from scipy.special import betainc
    from scipy.stats import beta, binomtest

    if before.days <= 0 or after.days <= 0:
        return RateRatio(ratio=None, ci_low=None, ci_high=None, p_value=None, p_fell=None)
    share = after.days / (before.days + after.days)
    first, second = before.count / dispersion, after.count / dispersion
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, second, first + 1)) if second else 0.0
    high = float(beta.ppf(1 - tail, second + 1, first)) if first else 1.0
    whole = (
        (round(second), round(first) + round(second)) if dispersion > 1 else (after.count, before.count + after.count)
    )
    odds = before.days / after.days
    return RateRatio(
        ratio=after.count / before.count * odds if before.count else None,
        ci_low=low / (1 - low) * odds if before.count + after.count and low < 1 else None,
        ci_high=high / (1 - high) * odds if high < 1 else None,
        p_value=float(binomtest(*whole, share).pvalue) if whole[1] else None,
        p_fell=float(betainc(second + 0.5, first + 0.5, share)),
    )


def power_of_halving(
    before: Exposure, days_after: float, *, confidence: float = CONFIDENCE, dispersion: float = 1.0
) -> float:
    """How likely the exact test would show a true halving of the rate before, over ``days_after`` days (0..1)."""
    import numpy as np
    from scipy.stats import binom, poisson

    if before.count == 0 or before.days <= 0 or days_after <= 0:
        return 0.0
    expected = before.count / dispersion
    halved = expected / before.days / 2 * days_after
    unchanged_share = days_after / (before.days + days_after)
    halved_share = halved / (expected + halved)
    mean = expected + halved
    totals = np.arange(int(poisson.ppf(1e-9, mean)), int(poisson.isf(1e-9, mean)) + 2)
    tail = (1 - confidence) / 2
    critical = binom.ppf(tail, totals, unchanged_share)
    critical = np.where(binom.cdf(critical, totals, unchanged_share) >= tail, critical - 1, critical)
    shown = binom.cdf(critical, totals, halved_share)
    return float(np.sum(poisson.pmf(totals, mean) * shown))


@cache
def days_to_show_halving(
    before: Exposure, *, confidence: float = CONFIDENCE, dispersion: float = 1.0, power: float = POWER
) -> int | None:
    """Whole days after the change until a true halving is shown with ``power``; None when ten years do not suffice."""

    def enough(days: int) -> bool:
        return power_of_halving(before, days, confidence=confidence, dispersion=dispersion) >= power

    if not enough(HORIZON_DAYS):
        return None
    low, high = 0, HORIZON_DAYS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def planned_look(promoted_at: datetime, before: Exposure, *, dispersion: float = 1.0) -> datetime:
    """When to look: the day at which a true halving would be seen with 80% power, 30 to 90 days later."""
    shortest, longest = LOOK_DAYS
    needed = days_to_show_halving(before, dispersion=dispersion) or longest
    return promoted_at + min(max(needed, shortest), longest) * DAY


def dispersion(*windows: Window) -> float:
    """Variance of the counts over that of independent occurrences: 1 where nothing speaks for clusters.

    Pairs of occurrences no further apart than a scale, against the pairs that independent occurrences would form
    (Ripley's K on a line): 1 + 2 * surplus pairs / occurrences is the variance ratio of a cluster process. When the
    surplus is significant at any scale, the largest ratio over all scales is taken.
    """
    from scipy.stats import binom

    factor, clustered = 1.0, False
    for scale in CLUSTER_SCALES:
        occurrences, pairs, possible, expected = 0, 0, 0, 0.0
        for window in windows:
            span = (window.end - window.start) / scale
            count = len(window.times)
            if span <= 1 or not count:
                continue
            occurrences += count
            pairs += _close_pairs(sorted(window.times), scale)
            possible += count * (count - 1) // 2
            expected += count * (count - 1) / 2 * (2 / span - 1 / span**2)
        if not possible:
            continue
        factor = max(factor, 1 + 2 * (pairs - expected) / occurrences)
        clustered = clustered or float(binom.sf(pairs - 1, possible, expected / possible)) < CLUSTER_ALPHA
    return factor if clustered else 1.0


def _close_pairs(times: Sequence[datetime], scale: timedelta) -> int:
    """How many pairs of the ordered ``times`` are at most ``scale`` apart; linear."""
    pairs, first = 0, 0
    for place, time in enumerate(times):
        while time - times[first] > scale:
            first += 1
        pairs += place - first
    return pairs


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
        days_needed=None if needed is None else max(needed - since.days, 0.0),
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


def duration_shift(before: Sequence[float], after: Sequence[float], *, confidence: float = CONFIDENCE) -> Shift:
    """Did durations fall? Mann-Whitney U with the Hodges-Lehmann shift and its order-statistic interval (Lehmann)."""
    import numpy as np
    from scipy.stats import mannwhitneyu, norm

    if not before or not after:
        return Shift(n_before=len(before), n_after=len(after), shift=None, ci_low=None, ci_high=None, p_value=None)
    differences = np.sort(np.subtract.outer(np.asarray(after, dtype=float), np.asarray(before, dtype=float)).ravel())
    pairs = differences.size
    spread = float(norm.isf((1 - confidence) / 2)) * (pairs * (len(before) + len(after) + 1) / 12) ** 0.5
    rank = int(pairs / 2 - spread)
    return Shift(
        n_before=len(before),
        n_after=len(after),
        shift=float(np.median(differences)),
        ci_low=float(differences[rank - 1]) if rank >= 1 else None,
        ci_high=float(differences[pairs - rank]) if rank >= 1 else None,
        p_value=float(mannwhitneyu(after, before).pvalue),
    )


def saved_per_day(
    before: Exposure, after: Exposure, *, cost_before: float, cost_after: float, dispersion: float = 1.0
) -> tuple[float, float, float] | None:
    """What a fall of the rate saves a day (hours, if costs are hours each): estimate, low, high; None without exposure.

    The interval joins the exact Poisson limits of both rates (MOVER: Donner and Zou 2012); costs count as known.
    """
    if before.days <= 0 or after.days <= 0:
        return None
    first, first_low, first_high = (limit * cost_before / before.days for limit in _poisson(before.count, dispersion))
    second, second_low, second_high = (limit * cost_after / after.days for limit in _poisson(after.count, dispersion))
    saved = first - second
    below = ((first - first_low) ** 2 + (second_high - second) ** 2) ** 0.5
    above = ((first_high - first) ** 2 + (second - second_low) ** 2) ** 0.5
    return saved, saved - below, saved + above


def _poisson(count: int, dispersion: float) -> tuple[float, float, float]:
    """A count with the exact 95% limits of its mean (Garwood 1936)."""
    from scipy.stats import chi2

    events, tail = count / dispersion, (1 - CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.isf(tail, 2 * events + 2)) / 2
    return float(count), low * dispersion, high * dispersion


def returned(after: Window, since: Window) -> bool:
    """Did a pattern that had improved come back? ``since`` follows the look that ``after`` ended at.

    Either its rate rose significantly over the one that was judged, or what had vanished happened twice in 30 days.
    """
    quiet, later = after.exposure, since.exposure
    if not quiet.count:
        return any(second - first <= 30 * DAY for first, second in pairwise(sorted(since.times)))
    low = rate_ratio(quiet, later, dispersion=dispersion(after, since)).ci_low
    return low is not None and low > 1
