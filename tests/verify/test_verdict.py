"""From two windows to a decision, as the rules for baseline, look and exposure say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsloop.model import Exposure
from opsloop.verify import DAY, Window, decide, dispersion, judge, planned_look, returned

START = datetime(2026, 1, 1, tzinfo=UTC)


def every(days: float, start: datetime, end: datetime) -> tuple[datetime, ...]:
    return tuple(start + days * DAY * step for step in range(int((end - start) / (days * DAY))))


def window(count: int, days: float, start: datetime = START) -> Window:
    """``count`` occurrences, evenly spread."""
    end = start + days * DAY
    return Window(start=start, end=end, times=tuple(start + days * DAY * (step + 0.5) / count for step in range(count)))


def promoted(before: Window, count: int, days: float) -> Window:
    return window(count, days, start=before.end)


@pytest.mark.parametrize(
    ("before", "after", "decision", "reason"),
    [
        ((60, 180), (9, 90), "improved", ""),
        ((9, 90), (60, 90), "worse", ""),
        ((90, 180), (45, 90), "no_change", ""),
        ((6, 90), (1, 60), "not_enough_data", "low_power"),
        ((0, 90), (3, 60), "not_enough_data", "new_pattern"),
        ((6, 13), (1, 60), "not_enough_data", "short_baseline"),
        ((6, 90), (0, 90), "improved", ""),
    ],
)
def test_decisions(before: tuple[int, float], after: tuple[int, float], decision: str, reason: str) -> None:
    base = window(*before)
    verdict = decide("LRN-20260101-001", base, promoted(base, *after))
    assert (verdict.decision, verdict.reason) == (decision, reason)
    assert (verdict.before, verdict.after) == (
        Exposure(count=before[0], days=before[1]),
        Exposure(count=after[0], days=after[1]),
    )


def test_before_the_look_the_figures_are_interim() -> None:
    base = window(60, 180)
    after = promoted(base, 9, 90)
    look = base.end + 90 * DAY
    verdict = judge("x", base, after, now=look - timedelta(seconds=1), looks=[look])
    assert (verdict.decision, verdict.reason) == ("not_enough_data", "before_look")
    assert verdict.ci_high is not None
    assert verdict.ci_high < 1
    assert any("interim" in note for note in verdict.notes)
    assert judge("x", base, after, now=look, looks=[look]).decision == "improved"


def test_what_the_look_decided_stands() -> None:
    base = window(60, 180)
    look = base.end + 90 * DAY
    noisy = Window(
        start=base.end, end=look + 30 * DAY, times=(*window(9, 90, base.end).times, *every(0.2, look, look + 30 * DAY))
    )
    first, later = (judge("x", base, noisy, now=now, looks=[look]) for now in (look, look + 30 * DAY))
    assert first == later
    assert first.after.days == 90


def test_a_second_look_is_stricter_and_only_for_what_the_first_left_open() -> None:
    base = window(60, 180)
    first, second = base.end + 30 * DAY, base.end + 60 * DAY
    open_then_clear = Window(start=base.end, end=second, times=window(5, 30, base.end).times)
    assert judge("x", base, open_then_clear, now=first, looks=[first, second]).decision == "not_enough_data"
    verdict = judge("x", base, open_then_clear, now=second, looks=[first, second])
    assert verdict.decision == "improved"
    assert any("99%" in note for note in verdict.notes)
    clear = promoted(base, 1, 60)
    assert judge("x", base, clear, now=second, looks=[first, second]).after.days == 30


def test_days_when_the_source_was_silent_are_not_exposure() -> None:
    base = window(60, 180)
    gap = (base.end + 10 * DAY, base.end + 40 * DAY)
    after = Window(start=base.end, end=base.end + 90 * DAY, times=window(9, 90, base.end).times, silent=(gap,))
    assert after.exposure == Exposure(count=6, days=60)
    outside = Window(start=base.end, end=base.end + 5 * DAY, silent=(gap,))
    assert outside.exposure.days == 5


def test_nothing_heard_since_is_no_improvement() -> None:
    base = window(60, 180)
    deaf = Window(start=base.end, end=base.end + 90 * DAY, silent=((base.end, base.end + 90 * DAY),))
    assert decide("x", base, deaf).reason == "no_exposure"


def test_bursts_count_for_less_than_their_number() -> None:
    """Six alerts within one hour are one event, however well 6 against 0 looks."""
    burst = Window(
        start=START, end=START + 90 * DAY, times=tuple(START + 40 * DAY + timedelta(minutes=7 * k) for k in range(6))
    )
    assert dispersion(burst) > 3
    verdict = decide("x", burst, promoted(burst, 0, 90))
    assert verdict.decision == "not_enough_data"
    assert any("clusters" in note for note in verdict.notes)


def test_evenly_spread_occurrences_are_not_widened() -> None:
    assert dispersion(window(60, 180), window(6, 90)) == 1.0


def test_days_needed_shrink_as_days_pass() -> None:
    base = window(90, 180)
    after_30, after_45 = (decide("x", base, promoted(base, days // 2, days)).days_needed for days in (30, 45))
    assert after_30 is not None
    assert after_45 == pytest.approx(after_30 - 15)


@pytest.mark.parametrize(("count", "days"), [(300, 30), (60, 90), (5, 90)])
def test_the_look_is_thirty_to_ninety_days_later(count: int, days: int) -> None:
    assert planned_look(START, Exposure(count=count, days=180)) == START + days * DAY


def test_a_pattern_that_vanished_and_happens_twice_has_returned() -> None:
    quiet = window(0, 90)
    once, twice = promoted(quiet, 1, 30), promoted(quiet, 2, 30)
    assert not returned(quiet, once)
    assert returned(quiet, twice)
    assert returned(window(9, 90), promoted(window(9, 90), 20, 30))
    assert not returned(window(9, 90), promoted(window(9, 90), 4, 30))
