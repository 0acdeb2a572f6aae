"""What was observed when: occurrences in a span of time, and whether they came independently or in clusters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from opsloop.model import Exposure

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY: Final = timedelta(days=1)
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
