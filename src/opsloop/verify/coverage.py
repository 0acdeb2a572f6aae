"""Was anybody listening? Days on which a source was silent, and monitors that were taken away instead of a problem.

A source that was heard on nearly every day of four weeks and then not at all for whole days was silent, not at peace.
The pattern's own signals do not count for this: that they stop is what a fix is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from opsloop.verify.windows import DAY, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from opsloop.verify.heard import Said

Span = tuple[datetime, datetime]
LISTENED_DAYS: Final = 28
HEARD_DAYS: Final = 26
"""Of the 28 days before a silence, on how many a source must have been heard for the silence to mean something."""
EXPOSED_DAYS: Final = 10
ALIKE: Final = 0.6
GONE_WORDS: Final = frozenset({"deleted", "disabled", "renamed", "silenced", "muted", "paused"})
"""What ``attrs.action`` says of the monitor in ``attrs.monitor`` (any kind of signal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Why a monitor's silence proves nothing."""

    monitor: str
    reason: str
    note: str


def silent_spans(heard: Collection[date], until: datetime) -> tuple[Span, ...]:
    """Runs of whole UTC days without any signal, each after four weeks in which the source was heard daily."""
    days, last = sorted(heard), until.date()
    listened = set(days)
    found = []
    for day, following in pairwise([*days, last]):
        if following - day <= DAY:
            continue
        before = sum(day - timedelta(days=back) in listened for back in range(LISTENED_DAYS))
        if before >= HEARD_DAYS:
            found.append((_midnight(day + DAY), _midnight(following)))
    return tuple(found)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in ordered spans that do not overlap."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def told_of_silence(*windows: Window) -> tuple[str, ...]:
    """One note of the spans that shorten the windows; none where they are whole."""
    cut = {
        (max(start, window.start), min(end, window.end))
        for window in windows
        for start, end in window.silent
        if start < window.end and end > window.start
    }
    if not cut:
        return ()
    days = sum((end - start for start, end in cut), start=timedelta()) / DAY
    named = ", ".join(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" for start, end in joined(cut))
    return (f"not counted, nothing could be heard for {days:.1f} days: {named} UTC",)


def gone(
    monitors: Collection[str],
    told: Iterable[Said],
    first_fired: Mapping[str, Span],
    since: datetime,
) -> Gone | None:
    """Whether a monitor went away after ``since`` instead of its problem; None where nothing says so.

    ``told``: what signals said of monitors, oldest first. ``first_fired``: first and last firing of every
    monitor of the service; one that is new since, and alike in name to one that fell silent, took its place.
    """
    taken_away = {said.monitor: said.action for said in told if said.at >= since and said.action in GONE_WORDS}
    for name in sorted(monitors):
        if action := taken_away.get(name):
            note = f"monitor {name} was {action}: its silence proves nothing"
            return Gone(monitor=name, reason=f"monitor_{action}", note=note)
        for new in _heirs(name, first_fired, since):
            note = f"monitor {name} fell silent and {new} began after the change: was it renamed?"
            return Gone(monitor=name, reason="monitor_renamed", note=note)
    return None


def _heirs(name: str, fired: Mapping[str, Span], since: datetime) -> Iterator[str]:
    if name not in fired or fired[name][1] >= since + DAY:
        return
    for other, (first, _) in sorted(fired.items()):
        alike = SequenceMatcher(None, name.lower(), other.lower()).ratio()
        if other != name and first >= since - DAY and alike >= ALIKE:
            yield other


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
