"""What was heard when, and of whom, asked of the signals once for all proofs.

A store may hold thousands of promoted entries, but some dozens of sources and services: what several proofs need is
asked for all of them, so that one more proof costs arithmetic and no query of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from ibis import _

from opsloop.metrics.relations import fetch, moment
from opsloop.verify.coverage import EXPOSED_DAYS, Span
from opsloop.verify.windows import DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from opsloop.signals.table import Table

Series = tuple[str | None, str | None]
"""A name and its service."""
LEAST_AFTER: Final = 14 * DAY
"""A service is not said to be gone before this long after the change."""


class Said(NamedTuple):
    """What a signal told of a monitor."""

    at: datetime
    monitor: str
    action: str | None


class Days:
    """On which days each series was heard."""

    def __init__(self, rows: Iterable[tuple[Series, date]]) -> None:
        self._of: dict[Series, list[date]] = defaultdict(list)
        for series, day in rows:
            self._of[series].append(day)
        self._series = Counter(day for days in self._of.values() for day in days)

    def without(self, series: Collection[Series]) -> set[date]:
        """The days on which any other than ``series`` was heard."""
        own = Counter(day for one in series for day in self._of.get(one, ()))
        return {day for day, heard in self._series.items() if heard > own[day]}


class Heard:
    """The signals by source, service and monitor."""

    def __init__(self, signals: Table, *, now: datetime) -> None:
        """``signals``: those known at ``now``."""
        self._signals = signals
        self._now = now
        self._days: dict[str, Days] = {}

    def days(self, source: str) -> Days:
        """The UTC days of a source."""
        if source not in self._days:
            rows = self._signals.filter(self._signals.source == source)
            rows = rows.select("name", "service", day=rows["at"].cast("date")).distinct()
            found = rows.to_pyarrow()  # once: a second run may tell the same rows in another order
            names, services, days = (found[column].to_pylist() for column in ("name", "service", "day"))
            self._days[source] = Days(zip(zip(names, services, strict=True), days, strict=True))
        return self._days[source]

    def since(self, services: Collection[str]) -> datetime | None:
        """When the history of these services begins, or that of all where none is named; None where there is none."""
        spans = self._services
        known = [spans[service][0] for service in (services or spans) if service in spans]
        return min(known, default=None)

    def left(self, services: Collection[str], *, without: Collection[Series], after: datetime) -> set[str]:
        """The services that were heard of on ten days or more before ``after`` and never since: no longer exposed.

        Heard of beside the series ``without``; any signal since counts. Less than 14 days tell nothing.
        """
        if self._now < after + LEAST_AFTER:
            return set()
        silent = [service for service in services if service in self._services and self._services[service][1] < after]
        return {service for service in silent if len(self._days_of_silent[service].without(without)) >= EXPOSED_DAYS}

    def firings(self, services: Collection[str]) -> dict[str, Span]:
        """First and last firing of every monitor of these services, or of all where none is named."""
        found: dict[str, Span] = {}
        for service in services or self._firings:
            for name, (first, last) in self._firings.get(service, {}).items():
                earlier = found.get(name, (first, last))
                found[name] = min(first, earlier[0]), max(last, earlier[1])
        return found

    def said_of(self, monitors: Collection[str]) -> list[Said]:
        """What was told about these monitors, each's oldest first."""
        return [said for monitor in monitors for said in self._said.get(monitor, ())]

    @cached_property
    def _said(self) -> Mapping[str, list[Said]]:
        rows = self._signals.filter(self._signals.attrs.get("monitor").notnull())
        rows = rows.select("at", monitor=rows.attrs.get("monitor"), action=rows.attrs.get("action"))
        found: dict[str, list[Said]] = defaultdict(list)
        for said in sorted((Said(**row) for row in fetch(rows)), key=lambda said: said.at):
            found[said.monitor].append(said)
        return found

    @cached_property
    def _days_of_silent(self) -> Mapping[str, Days]:
        """The days of each service of which nothing was heard lately."""
        rows, bound = self._signals, moment(self._now - LEAST_AFTER)
        silent = rows.group_by("service").agg(last=rows["at"].max()).filter(_.last < bound)
        days = rows.semi_join(silent, "service").select("service", "name", day=rows["at"].cast("date")).distinct()
        found: dict[str, list[tuple[Series, date]]] = defaultdict(list)
        for row in fetch(days):
            found[row["service"]].append(((row["name"], row["service"]), row["day"]))
        return {service: Days(heard) for service, heard in found.items()}

    @cached_property
    def _services(self) -> Mapping[str | None, Span]:
        rows = self._signals
        spans = rows.group_by("service").agg(first=rows["at"].min(), last=rows["at"].max())
        return {row["service"]: (row["first"], row["last"]) for row in fetch(spans)}

    @cached_property
    def _firings(self) -> Mapping[str | None, Mapping[str, Span]]:
        rows = self._signals
        rows = rows.filter((rows.kind == "alert") & (rows.status == "firing") & rows.name.notnull())
        spans = rows.group_by("service", "name").agg(first=rows["at"].min(), last=rows["at"].max())
        found: dict[str | None, dict[str, Span]] = defaultdict(dict)
        for row in fetch(spans):
            found[row["service"]][row["name"]] = row["first"], row["last"]
        return found
