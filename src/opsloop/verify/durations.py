"""Durations before and after: did the time to resolve fall?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsloop.verify.rates import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far durations moved, in their own unit: Hodges-Lehmann shift (after - before), interval, Mann-Whitney p."""

    n_before: int
    n_after: int
    shift: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None


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
