"""How far the pulls of one server have come, and what the next one asks for.

The first pull reads history from some time on; each further one goes on where that ended. ``--since`` asks for a part
of history once more, beside that: it may be cut off and gone on with, too, and takes over once it has read on
from what was read already, so that no time in between is passed over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from opsloop.model import format_time
from opsloop.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FIRST_DAYS: Final = 90
"""How far back the first pull goes: what the detectors and the baseline of a proof look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept: the ``cursor``; ``since``, where the first pull began; ``until``, the time up to which all was read
    (none while the first is not complete); and ``again``, the since and the cursor of what is asked for once more.
    """

    cursor: Mapping[str, Any] = field(default_factory=dict)
    since: str | None = None
    until: str | None = None
    again: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Self:
        """As it was written; what cannot be read only means that history is asked for again."""
        told = kept or {}
        since, until = (format_time(at) if (at := time_of(told.get(name))) else None for name in ("since", "until"))
        return cls(cursor=_object(told, "cursor"), since=since, until=until, again=_object(told, "again"))

    def as_json(self) -> dict[str, Any]:
        """To write it."""
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class Sweep:
    """One run: from ``since`` on, or from ``cursor`` on where it has one. ``is_again``: beside the ``record``."""

    record: Record
    since: datetime
    now: datetime
    cursor: Mapping[str, Any]
    is_again: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None, since: datetime | None, now: datetime) -> Self:
        """What to ask for; ``since`` as somebody said it, or None to go on."""
        record, default = Record.of(kept), now - timedelta(days=FIRST_DAYS)
        if record.until is None:
            first = time_of(record.since)
            if first is not None and (since is None or since >= first):
                return cls(record=record, since=first, now=now, cursor=record.cursor)
            return cls(record=Record(), since=since or default, now=now, cursor={})
        if since is None:
            return cls(record=record, since=default, now=now, cursor=record.cursor)
        cursor = _object(record.again, "cursor") if record.again.get("since") == format_time(since) else {}
        return cls(record=record, since=since, now=now, cursor=cursor, is_again=True)

    def reached(self, cursor: Mapping[str, Any]) -> Record:
        """The record once a page is stored."""
        self.cursor, since = cursor, format_time(self.since)
        if self.is_again:
            self.record = replace(self.record, again={"since": since, "cursor": cursor})
        else:
            self.record = replace(self.record, cursor=cursor, since=self.record.since or since)
        return self.record

    def ended(self) -> Record:
        """The record when everything was read until now."""
        until = format_time(self.now)
        if not self.is_again:
            return replace(self.record, until=until, since=self.record.since or format_time(self.since))
        read = time_of(self.record.until)
        if self.cursor and read is not None and self.since <= read:
            return replace(self.record, cursor=self.cursor, until=until, again={})
        return replace(self.record, again={})


def _object(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
