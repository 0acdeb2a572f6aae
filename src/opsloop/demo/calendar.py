"""Dates and chance for the stories: a day number becomes a time, and equal seeds make equal histories."""

from __future__ import annotations

import random
from datetime import datetime, timedelta


class Calendar:
    """The last ``days`` days before ``end``; day 0 is the oldest. ``seed`` keeps each chapter's chance its own."""

    def __init__(self, end: datetime, *, days: int, seed: str) -> None:
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        self.first = midnight - timedelta(days=days)
        self.days = days
        self.random = random.Random(seed)  # noqa: S311 - a story, not a secret

    def at(self, day: float, hour: float = 0.0) -> datetime:
        """The time ``hour`` hours (fractions allowed) into day ``day``, to the second."""
        return self.first + timedelta(seconds=round(day * 86_400 + hour * 3_600))

    def spells(self, days: range, per_day: float, median_minutes: float) -> list[tuple[datetime, timedelta]]:
        """Starts and lengths at random, about ``per_day`` a day, one after the other and never overlapping."""
        spells, moment, end = [], self.at(days.start), self.at(days.stop)
        while (moment := moment + timedelta(days=self.random.expovariate(per_day))) < end:
            lasts = self.minutes(median_minutes)
            spells.append((moment.replace(microsecond=0), lasts))
            moment += lasts
        return spells

    def minutes(self, median: float, spread: float = 0.5) -> timedelta:
        """A log-normal duration around ``median`` minutes, which is how long repairs take."""
        return timedelta(seconds=60 + round(60 * median * self.random.lognormvariate(0, spread)))

    def weekday(self, day: int) -> bool:
        """Whether day ``day`` is Monday to Friday."""
        return self.at(day).weekday() < 5
