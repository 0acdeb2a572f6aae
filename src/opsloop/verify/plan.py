"""The plan of a proof: when the change came, what it is compared with, when to look. Fixed before anybody looks.

It stands in the entry's metadata (``Promoted-At``, ``Baseline: FROM/TO``, ``Look: DATE``); what a hand wrote there
is used as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput
from opsloop.model import format_time, parse_time
from opsloop.verify.judgement import planned_look
from opsloop.verify.windows import DAY, Window, dispersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from opsloop.model import Entry

BASELINE_DAYS: Final = 180
TRIGGER_DAYS: Final = 30
"""The window that triggers where no detector says otherwise: the mission's 30 days of recurrence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``baseline`` is compared with [promoted_at, look); there are one or two planned looks."""

    promoted_at: datetime
    baseline: tuple[datetime, datetime]
    looks: tuple[datetime, ...]

    @property
    def observed(self) -> bool:
        """Whether there is any baseline at all."""
        return self.baseline[0] < self.baseline[1]

    def metadata(self) -> dict[str, str]:
        """The plan as metadata; an empty baseline is left out, so that history which comes later can fill it."""
        baseline = {"Baseline": "/".join(format_time(end) for end in self.baseline)} if self.observed else {}
        looks = {"Look": ", ".join(f"{look:%Y-%m-%d}" for look in self.looks)}
        return {"Promoted-At": format_time(self.promoted_at)} | baseline | looks


def plan(
    times: Sequence[datetime], promoted_at: datetime, *, known_since: datetime, trigger: timedelta = TRIGGER_DAYS * DAY
) -> Plan:
    """Up to 180 days of the service's history before the window that triggered, and the look that a halving needs.

    ``times``: the pattern's occurrences, ordered. The window that triggered ends at the last of them before the
    promotion and lasts ``trigger``; it selected the pattern for being bad, so it never counts.
    """
    before = [time for time in times if time < promoted_at]
    end = (before[-1] if before else promoted_at) - trigger
    start = min(max(end - BASELINE_DAYS * DAY, known_since), end)
    base = Window(start=start, end=end, times=tuple(time for time in before if start <= time < end))
    look = planned_look(promoted_at, base.exposure, dispersion=dispersion(base))
    return Plan(promoted_at=promoted_at, baseline=(start, end), looks=(look,))


def promoted_at(entry: Entry) -> datetime | None:
    """When the change came: Promoted-At, else the Resolution's Resolved; None where there is neither."""
    written = entry.metadata.get("Promoted-At") or entry.resolution.get("Resolved")
    return _moment(entry, written) if written else None


def as_written(entry: Entry, proposed: Plan) -> Plan:
    """``proposed`` with what the metadata says instead; raises BadInput that names the entry and the line."""
    baseline, looks = proposed.baseline, proposed.looks
    if text := entry.metadata.get("Baseline"):
        start, _, end = text.partition("/")
        baseline = (_moment(entry, start), _moment(entry, end))
    if text := entry.metadata.get("Look"):
        looks = tuple(sorted(_moment(entry, part) for part in text.split(",") if part.strip()))
    return Plan(promoted_at=proposed.promoted_at, baseline=baseline, looks=looks)


def _moment(entry: Entry, text: str) -> datetime:
    """A time or a date as a hand writes them; without an offset it is UTC."""
    try:
        return parse_time(text, timezone=UTC)
    except BadInput as error:
        msg = f"{entry.id}, metadata: {error} (Promoted-At: TIME, Baseline: FROM/TO, Look: DATE)"
        raise BadInput(msg) from None
