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
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from opsloop.signals.table import Table

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


def days_heard(signals: Table, source: str, *, without: Collection[tuple[str | None, str | None]]) -> set[date]:
    """On which UTC days a source was heard, not counting the series ``without`` (name, service)."""
    rows = signals.filter(signals.source == source)
    rows = rows.select("name", "service", day=rows["at"].cast("date")).distinct()
    return {row["day"] for row in rows.to_pyarrow().to_pylist() if (row["name"], row["service"]) not in without}


def gone(
    monitors: Collection[str],
    told: Sequence[Mapping[str, str | None]],
    first_fired: Mapping[str, Span],
    since: datetime,
) -> Gone | None:
    """Whether a monitor went away after ``since`` instead of its problem; None where nothing says so.

    ``told``: the attributes of signals that speak of monitors. ``first_fired``: first and last firing of every
    monitor of the service; one that is new since, and alike in name to one that fell silent, took its place.
    """
    for name in sorted(monitors):
        for attrs in told:
            if attrs.get("monitor") == name and attrs.get("action") in GONE_WORDS:
                action = str(attrs["action"])
                return Gone(
                    monitor=name,
                    reason=f"monitor_{action}",
                    note=f"monitor {name} was {action}: its silence proves nothing",
                )
        for new in _heirs(name, first_fired, since):
            note = f"monitor {name} fell silent and {new} began after the change: was it renamed?"
            return Gone(monitor=name, reason="monitor_renamed", note=note)
    return None


def left(
    signals: Table, services: Collection[str], *, without: Collection[tuple[str | None, str | None]], since: datetime
) -> set[str]:
    """The services that were heard of on ten days or more before ``since`` and never after: no longer exposed.

    Heard of beside the series ``without``; any signal after counts.
    """
    from opsloop.metrics.relations import moment

    rows = signals.filter(signals.service.isin(sorted(services)))
    after = {
        row["service"]
        for row in rows.filter(rows["at"] >= moment(since)).select("service").distinct().to_pyarrow().to_pylist()
    }
    days = rows.filter(rows["at"] < moment(since)).select("service", "name", day=rows["at"].cast("date")).distinct()
    heard: dict[str, set[date]] = {}
    for row in days.to_pyarrow().to_pylist():
        if (row["name"], row["service"]) not in without:
            heard.setdefault(row["service"], set()).add(row["day"])
    return {service for service, on in heard.items() if len(on) >= EXPOSED_DAYS and service not in after}


def firings(signals: Table, service: str | None) -> dict[str, Span]:
    """First and last firing of every monitor of a service."""
    rows = signals.filter((signals.kind == "alert") & (signals.status == "firing") & signals.name.notnull())
    if service is not None:
        rows = rows.filter(rows.service == service)
    spans = rows.group_by("name").agg(first=rows["at"].min(), last=rows["at"].max())
    return {
        row["name"]: (row["first"].replace(tzinfo=UTC), row["last"].replace(tzinfo=UTC))
        for row in spans.to_pyarrow().to_pylist()
    }


def told_of_monitors(signals: Table, since: datetime) -> list[dict[str, str | None]]:
    """What was said about monitors since then."""
    from opsloop.metrics.relations import moment

    rows = signals.filter((signals["at"] >= moment(since)) & signals.attrs.get("monitor").notnull())
    rows = rows.select(monitor=rows.attrs.get("monitor"), action=rows.attrs.get("action"))
    found: list[dict[str, str | None]] = rows.to_pyarrow().to_pylist()
    return found


def _heirs(name: str, fired: Mapping[str, Span], since: datetime) -> Iterator[str]:
    if name not in fired or fired[name][1] >= since + DAY:
        return
    for other, (first, _) in sorted(fired.items()):
        alike = SequenceMatcher(None, name.lower(), other.lower()).ratio()
        if other != name and first >= since - DAY and alike >= ALIKE:
            yield other


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
