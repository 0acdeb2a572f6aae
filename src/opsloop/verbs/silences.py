"""Which silences of a source say something: those that its own past does not explain.

A quiet source and a broken one send the same nothing. Tools rest at night, over weekends, between two nightly jobs. So
what is usual is learned from the source itself: the longest silence that it kept at least twice lately. Once is no
habit, and may have been an outage. Where too little was heard to know a habit, nothing is said.

Hours are whole hours since 1970; a silence goes from the last hour heard to the next one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import nlargest
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Silence = tuple[int, int]

_LEAST_HOURS: Final = 24
_TIMES_USUAL: Final = 1.5
_LATELY_HOURS: Final = 90 * 24
"""How far back a habit is looked for."""
_ENOUGH_HOURS: Final = 14 * 24
"""So long a source has to be known: two weekends are in it, whatever the day on which it began."""
_ENOUGH_SILENCES: Final = 10
"""So many, of any length, make the longest of them worth a comparison."""


def absences(hours: Sequence[int], now: int) -> Iterator[Silence]:
    """Every silence of more than a day, the one up to ``now`` included. ``hours`` are sorted, and not empty."""
    everything = pairwise((*hours, max(now, hours[-1])))
    yield from ((first, second) for first, second in everything if second - first > _LEAST_HOURS)


def unusual(hours: Sequence[int], now: int) -> Iterator[Silence]:
    """The silences of more than a day that are longer than 1.5 times what was usual when they began."""
    for first, second in absences(hours, now):
        usual = _usual(hours, first)
        if usual is not None and second - first > _TIMES_USUAL * usual:
            yield first, second


def _usual(hours: Sequence[int], at: int) -> int | None:
    """The longest silence that was kept at least twice in the 90 days before; None where too little was heard."""
    heard = hours[bisect_left(hours, at - _LATELY_HOURS) : bisect_right(hours, at)]
    if at - heard[0] < _ENOUGH_HOURS or len(heard) <= _ENOUGH_SILENCES:
        return None
    return nlargest(2, (second - first for first, second in pairwise(heard)))[1]
