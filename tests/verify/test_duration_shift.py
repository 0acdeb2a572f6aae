"""Durations before and after, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from opsloop.verify import duration_shift


def test_shift_is_the_median_of_all_differences() -> None:
    moved = duration_shift([10.0, 20.0, 30.0], [5.0, 9.0])
    assert moved.shift == pytest.approx(np.median([-5, -15, -25, -1, -11, -21]))
    assert (moved.n_before, moved.n_after) == (3, 2)
    assert moved.p_value == pytest.approx(mannwhitneyu([5, 9], [10, 20, 30]).pvalue)
    assert moved.ci_low is None  # five values are too few for a 95% interval


def test_interval_covers_a_true_shift_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        before, after = rng.exponential(60, 30), rng.exponential(60, 25) - 20
        moved = duration_shift(list(before), list(after))
        assert moved.ci_low is not None
        assert moved.ci_high is not None
        covered += moved.ci_low <= -20 <= moved.ci_high
    assert 0.92 <= covered / 400 <= 0.98


def test_without_one_side_there_is_nothing_to_say() -> None:
    assert duration_shift([], [1.0]).p_value is None
