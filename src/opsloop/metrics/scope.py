"""What a metric is asked for: a half-open window, perhaps one service, perhaps split by service or by week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from opsloop.errors import BadInput
from opsloop.model import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

By = Literal["service", "week"]
DEFAULT_DAYS: Final = 30
"""How far back a metric looks where nobody says from when."""

Row = dict[str, Any]
"""A fetched row of a relation; its times are aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """[start, end) as known at ``now``, all aware UTC; ``service`` None: every service; ``by`` None: one group."""

    start: datetime
    end: datetime
    now: datetime
    service: str | None = None
    by: By | None = None

    def __post_init__(self) -> None:
        """Refuse a window that ends before it starts."""
        if self.start >= self.end:
            msg = f"--from {format_time(self.start)} is not before --to {format_time(self.end)}"
            raise BadInput(msg)

    @property
    def days(self) -> float:
        """The window's length in days."""
        return (self.end - self.start) / timedelta(days=1)

    def holds(self, moment: datetime | None) -> bool:
        """Whether a time is known and lies in the window."""
        return moment is not None and self.start <= moment < self.end

    def weeks(self) -> Iterator[Scope]:
        """The window cut at Mondays, 00:00 UTC; the first and the last part may be shorter than a week."""
        cut = self.start
        while cut < self.end:
            following = min(monday(cut) + timedelta(days=7), self.end)
            yield replace(self, start=cut, end=following, by=None)
            cut = following

    def groups(self, rows: Iterable[Row], at: str) -> Iterator[tuple[dict[str, Any], Scope, list[Row]]]:
        """The rows whose time ``at`` lies in the window, as asked: each group's label, part of the window, and rows.

        Weeks without rows are there, with none; services without rows are not.
        """
        rows = [row for row in rows if self.holds(row[at]) and self.service in (None, row["service"])]
        if self.by == "week":
            weeks: dict[datetime, list[Row]] = defaultdict(list)
            for row in rows:
                weeks[monday(row[at])].append(row)
            for part in self.weeks():
                label = {"week": week_name(part.start), "service": self.service}
                yield label, part, weeks[monday(part.start)]
        elif self.by == "service":
            services = by_key(rows, "service")
            for service in sorted(services, key=str):
                yield {"service": service}, self, services[service]
        else:
            yield {"service": self.service}, self, rows


def by_key(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """The rows of each value of a column, in their order."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def monday(moment: datetime) -> datetime:
    """The start of the moment's week, in UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def week_name(moment: datetime) -> str:
    """A week's name: its Monday's date."""
    return monday(moment).date().isoformat()


def result(definition: str, scope: Scope, groups: Iterable[Mapping[str, Any]], unusable: Mapping[str, int]) -> Row:
    """A metric's JSON document: the definition beside the figures, and what could not be used and why."""
    return {
        "definition": definition,
        "from": format_time(scope.start),
        "to": format_time(scope.end),
        "unusable": [{"reason": reason, "count": count} for reason, count in sorted(unusable.items()) if count],
        "groups": list(groups),
    }
