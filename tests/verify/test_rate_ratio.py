"""The exact rate-ratio test against worked numbers, scipy and statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import test_poisson_2indep as poisson_2indep

from opsloop.model import Exposure
from opsloop.verify import days_to_show_halving, power_of_halving, rate_ratio, saved_per_day

counts = st.integers(0, 60)
spans = st.floats(1, 200)


def exposure(count: int, days: float) -> Exposure:
    return Exposure(count=count, days=days)


def test_six_in_ninety_days_against_one_in_sixty_is_not_shown() -> None:
    rates = rate_ratio(exposure(6, 90), exposure(1, 60))
    assert rates.ratio == pytest.approx(0.25)
    assert rates.ci_low == pytest.approx(0.005, abs=0.0005)
    assert rates.ci_high == pytest.approx(2.06, abs=0.005)
    assert rates.p_value == pytest.approx(0.25, abs=0.005)
    assert rates.p_fell == pytest.approx(0.92, abs=0.005)


def test_six_against_none_over_equal_time() -> None:
    rates = rate_ratio(exposure(6, 90), exposure(0, 90))
    assert rates.p_value == pytest.approx(0.03125)
    assert rates.ratio == 0
    assert rates.ci_low == 0
    assert rates.ci_high is not None
    assert rates.ci_high < 1


@given(counts, spans, counts, spans)
def test_equals_the_clopper_pearson_interval_and_the_binomial_test(
    before: int, days_before: float, after: int, days_after: float
) -> None:
    rates = rate_ratio(exposure(before, days_before), exposure(after, days_after))
    if before + after == 0:
        assert (rates.ratio, rates.ci_low, rates.ci_high, rates.p_value) == (None, None, None, None)
        return
    low, high = proportion_confint(after, before + after, method="beta")
    odds = days_before / days_after
    assert rates.ci_low == pytest.approx(low / (1 - low) * odds if low < 1 else 0, rel=1e-9)
    if before:
        assert rates.ci_high == pytest.approx(high / (1 - high) * odds, rel=1e-9)
    else:
        assert (rates.ratio, rates.ci_high) == (None, None)
    expected = binomtest(after, before + after, days_after / (days_before + days_after)).pvalue
    assert rates.p_value == pytest.approx(expected)


def test_agrees_with_the_conditional_test_of_statsmodels() -> None:
    rates = rate_ratio(exposure(21, 180), exposure(9, 75))
    assert rates.p_value == pytest.approx(poisson_2indep(9, 75, 21, 180, method="exact-cond").pvalue, rel=1e-9)


@pytest.mark.parametrize(("before", "power"), [(10, 0.18), (40, 0.70), (70, 0.92)])
def test_power_for_a_true_halving_over_equal_time(before: int, power: float) -> None:
    assert power_of_halving(exposure(before, 90), 90) == pytest.approx(power, abs=0.005)


@pytest.mark.slow
def test_power_is_that_of_the_test_it_belongs_to() -> None:
    """Summed over every pair of outcomes, the slow way."""
    shown = sum(
        poisson.pmf(first, 20) * poisson.pmf(second, 20 / 2 * 60 / 90)
        for first in range(60)
        for second in range(40)
        if (rate_ratio(exposure(first, 90), exposure(second, 60)).ci_high or 2) < 1
    )
    assert power_of_halving(exposure(20, 90), 60) == pytest.approx(shown, abs=1e-6)


def test_days_needed_is_the_first_day_with_enough_power() -> None:
    before = exposure(60, 180)
    days = days_to_show_halving(before)
    assert days is not None
    assert power_of_halving(before, days) >= 0.8 > power_of_halving(before, days - 1)


def test_a_handful_of_occurrences_can_never_show_a_halving() -> None:
    assert days_to_show_halving(exposure(6, 90)) is None
    assert days_to_show_halving(exposure(0, 90)) is None


def test_dispersion_widens_the_interval() -> None:
    plain, wide = (rate_ratio(exposure(60, 180), exposure(20, 90), dispersion=factor) for factor in (1.0, 3.0))
    assert plain.ratio == wide.ratio
    assert wide.ci_low < plain.ci_low  # type: ignore[operator]
    assert wide.ci_high > plain.ci_high  # type: ignore[operator]
    assert wide.p_value > plain.p_value  # type: ignore[operator]


def test_no_exposure_gives_no_numbers() -> None:
    rates = rate_ratio(exposure(6, 90), exposure(0, 0))
    assert (rates.ratio, rates.ci_low, rates.ci_high, rates.p_value, rates.p_fell) == (None,) * 5


@given(st.integers(0, 3), spans, st.integers(0, 3), spans, st.floats(1, 50))
def test_never_fails_on_small_clustered_counts(
    before: int, days_before: float, after: int, days_after: float, factor: float
) -> None:
    rates = rate_ratio(exposure(before, days_before), exposure(after, days_after), dispersion=factor)
    if rates.ci_low is not None and rates.ci_high is not None and rates.ratio is not None:
        assert rates.ci_low <= rates.ratio <= rates.ci_high


def test_saved_hours_come_with_the_limits_of_both_rates() -> None:
    """15 a quarter-year at 3 h fell to none: the estimate is 0.5 h a day, and zero is far outside."""
    saved = saved_per_day(exposure(15, 90), exposure(0, 90), cost_before=3.0, cost_after=3.0)
    assert saved is not None
    estimate, low, high = saved
    assert estimate == pytest.approx(0.5)
    assert 0 < low < estimate < high
    assert saved_per_day(exposure(15, 0), exposure(0, 90), cost_before=3, cost_after=3) is None
