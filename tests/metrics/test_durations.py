"""Medians, percentiles and the median's exact interval."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.metrics.durations import full_summary, median, median_interval, quantile, summary

values = st.lists(st.floats(0, 1e7), min_size=1, max_size=60)


def coverage(n: int, k: int) -> float:
    """How often the k-th smallest and k-th largest of n enclose the median."""
    return 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2**n


@given(values)
def test_a_median_is_the_middle_or_the_mean_of_the_middle_two(given: list[float]) -> None:
    assert median(given) == pytest.approx(statistics.median(given))


@given(values, st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]))
def test_a_quantile_interpolates_as_numpy_does(given: list[float], share: float) -> None:
    assert quantile(given, share) == pytest.approx(float(np.quantile(given, share)))


@pytest.mark.parametrize("n", range(6, 120))
def test_the_interval_is_the_narrowest_exact_one(n: int) -> None:
    low, high = median_interval([float(value) for value in range(n, 0, -1)])
    assert low is not None
    k = int(low)
    assert high == n + 1 - k
    assert coverage(n, k) >= 0.95
    assert coverage(n, k + 1) < 0.95


def test_the_interval_of_ten_runs_from_the_second_to_the_ninth() -> None:
    assert median_interval([10, 1, 2, 3, 4, 5, 6, 7, 8, 9]) == (2, 9)


def test_five_values_have_no_interval_and_six_have_their_range() -> None:
    assert median_interval([1, 2, 3, 4, 5]) == (None, None)
    assert median_interval([1, 2, 3, 4, 5, 6]) == (1, 6)


def test_nothing_measured_is_null_and_not_zero() -> None:
    assert summary([]) == {"n": 0, "median": None, "p90": None}
    assert full_summary([]) == {"n": 0, "median": None, "ci_low": None, "ci_high": None, "p90": None, "mean": None}


def test_the_ninetieth_percentile_of_ten_lies_between_the_ninth_and_the_tenth() -> None:
    assert quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 20], 0.9) == pytest.approx(10.1)
