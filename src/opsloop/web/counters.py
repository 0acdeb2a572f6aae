"""What the server counts of itself, and the Prometheus text form of it."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time
from opsloop.signals.hot import COLUMNS
from opsloop.web.log import log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.verbs.receive import Received

    Labels = tuple[tuple[str, str], ...]

_AT: Final = COLUMNS.index("at")
_RECEIVED_AT: Final = COLUMNS.index("received_at")
_BUCKETS_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_MOST_NOTES: Final = 20
_LOG_REFUSALS_EVERY_S: Final = 60
"""One line for many: who is refused a thousand times a second must not fill the disk with log."""
_HELP: Final = {
    "opsloop_events_total": ("counter", "Events by what became of them."),
    "opsloop_deliveries_total": ("counter", "Deliveries answered 202."),
    "opsloop_refused_total": ("counter", "Requests refused, by source and reason."),
    "opsloop_commit_seconds": ("histogram", "From a read delivery to its signals on disk."),
    "opsloop_lag_seconds": ("gauge", "Receipt minus event time of the source's latest signal."),
    "opsloop_waiting_signals": ("gauge", "Signals that wait for the disk."),
    "opsloop_store_bytes": ("gauge", "Size of the hot store's file and log."),
    "opsloop_hot_signals": ("gauge", "Signals that are not sealed yet."),
    "opsloop_background_runs_total": ("counter", "Background runs, by job and result."),
    "opsloop_background_seconds": ("gauge", "How long the last run of a job took."),
}


class Counters:
    """Counts since the start of this process. Labels come from closed sets, so that nobody outside can grow them."""

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._values: dict[tuple[str, Labels], float] = defaultdict(float)
        self._known = frozenset(sources)
        self._heard: dict[str, tuple[int, int, int, int]] = {}
        self._refused_at: dict[tuple[str, str], float] = {}
        self._logged_at: dict[tuple[str, str], float] = {}
        self._noted_at: dict[tuple[str, str], float] = {}

    def received(self, source: str, received: Received, accepted: int, seconds: float) -> None:
        """A delivery was stored and answered."""
        parsed, values = received.parsed, self._values
        results = {
            "accepted": accepted,
            "duplicate": len(received.rows) - accepted,
            "ignored": parsed.ignored,
            "rejected": len(parsed.rejected),
        }
        for result, count in results.items():
            if count:
                values["opsloop_events_total", (("source", source), ("result", result))] += count
        values["opsloop_deliveries_total", (("source", source),)] += 1
        resolved = sum(signal.status == "resolved" for signal in parsed.signals)
        deliveries, signals, resolutions, doubts = self._heard.get(source, (0, 0, 0, 0))
        self._heard[source] = (
            deliveries + 1,
            signals + accepted,
            resolutions + resolved,
            doubts + (parsed.missing > 0),
        )
        for note in parsed.notes:
            self._note(source, note)
        for bound in _BUCKETS_S:
            values["opsloop_commit_seconds_bucket", (("le", f"{bound:g}"),)] += seconds <= bound
        values["opsloop_commit_seconds_bucket", (("le", "+Inf"),)] += 1
        values["opsloop_commit_seconds_sum", ()] += seconds
        values["opsloop_commit_seconds_count", ()] += 1
        if received.rows:
            last = received.rows[-1]
            lag_us = int(last[_RECEIVED_AT] or 0) - int(last[_AT] or 0)
            values["opsloop_lag_seconds", (("source", source),)] = lag_us / 1e6

    def take_heard(self, hour: int) -> list[tuple[str, int, int, int, int, int]]:
        """What was heard since the last call, as the store keeps it; with a sign of life of the receiver itself."""
        heard, self._heard = self._heard, {}
        return [("", hour, 1, 0, 0, 0), *((source, hour, *counts) for source, counts in heard.items())]

    def refused(self, source: str, reason: str) -> None:
        """A request was refused; ``reason`` is the error's code. What is no source's webhook counts as unknown."""
        known, now = source if source in self._known else "unknown", time.time()
        counted = "opsloop_refused_total", (("source", known), ("reason", reason))
        self._values[counted] += 1
        self._refused_at[known, reason] = now
        if now - self._logged_at.get((known, reason), 0.0) >= _LOG_REFUSALS_EVERY_S:
            self._logged_at[known, reason] = now
            log("info", "refused", source=known, reason=reason, since_start=int(self._values[counted]))

    def refusals(self) -> list[dict[str, Any]]:
        """What was refused since the start of this process, the latest first: source, reason, count, last."""
        latest = sorted(self._refused_at.items(), key=lambda item: -item[1])
        return [
            {
                "source": source,
                "reason": reason,
                "count": int(self._values["opsloop_refused_total", (("source", source), ("reason", reason))]),
                "last": format_time(datetime.fromtimestamp(at, UTC)),
            }
            for (source, reason), at in latest
        ]

    def _note(self, source: str, note: str) -> None:
        if self._noted_at.pop((source, note), None) is None:
            log("info", "noted", source=source, see="/sources")
        self._noted_at[source, note] = time.time()
        if len(self._noted_at) > _MOST_NOTES:
            del self._noted_at[next(iter(self._noted_at))]

    def notes(self) -> list[dict[str, str]]:
        """What deliveries tell whoever looks after them (a subscription to confirm, alerts cut), the latest first."""
        latest = reversed(self._noted_at.items())
        return [
            {"source": source, "note": note, "last": format_time(datetime.fromtimestamp(at, UTC))}
            for (source, note), at in latest
        ]

    def ran(self, job: str, result: str, seconds: float) -> None:
        """A background run ended."""
        self._values["opsloop_background_runs_total", (("job", job), ("result", result))] += 1
        self._values["opsloop_background_seconds", (("job", job),)] = seconds

    def text(self, gauges: dict[str, float]) -> str:
        """All of it in the Prometheus text format, with the gauges read just now."""
        values = dict(self._values)
        values.update({(name, ()): value for name, value in gauges.items()})
        lines = []
        for family, (kind, about) in _HELP.items():
            lines += [f"# HELP {family} {about}", f"# TYPE {family} {kind}"]
            lines += _samples(family, sorted(values.items(), key=_order))
        return "\n".join(lines) + "\n"


def _samples(family: str, values: Iterable[tuple[tuple[str, Labels], float]]) -> list[str]:
    wanted = {family, f"{family}_bucket", f"{family}_sum", f"{family}_count"}
    return [f"{name}{_text(labels)} {_figure(value)}" for (name, labels), value in values if name in wanted]


def _figure(value: float) -> str:
    """All of a figure's digits: a counter of millions that was rounded would stand still, then jump."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _order(item: tuple[tuple[str, Labels], float]) -> tuple[str, list[tuple[str, float, str]]]:
    (name, labels), _ = item
    return name, [(key, float(value) if key == "le" else 0.0, value) for key, value in labels]


def _text(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}" if labels else ""
