"""The history of a Prometheus: resources, SLOs and alerts, by range queries from where the last pull ended."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import format_time
from opsloop.sources.event import signal
from opsloop.sources.payload import number, table, text, texts
from opsloop.sources.prometheus import points, queries, read_samples, series_of
from opsloop.sources.prometheus.alerts import follow
from opsloop.sources.pulling import Page, windows
from opsloop.sources.rest import Api, read_token
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsloop.config import Slo
    from opsloop.model import Signal
    from opsloop.sources.pulling import Task

_STEP_S: Final = 300.0
_ALERT_STEP_S: Final = 60.0
_STEPS_A_PAGE: Final = 72
"""Six hours at five minutes."""
_MOST_POINTS: Final = 10_000
"""Prometheus gives 11,000 points a series at most."""


def pull(task: Task) -> Iterator[Page]:
    """Six hours a page: every sample query, every SLO with queries, and ALERTS.

    ``step_s`` is the distance of samples, ``alert_step_s`` (which divides it) how exactly alerts are timed. An alert
    that fires when a history begins is looked up further back: it began when it began, however often that is asked.
    """
    url = text(task.options, "url")
    if url is None:
        msg = "say where Prometheus is: --url, or url in [sources.prometheus] of opsloop.toml"
        raise BadInput(msg)
    step_s, alert_step_s = _steps(task)
    reached = moment(task.cursor, "reached")
    start, end = _aligned(reached or task.since, step_s), _aligned(task.now, step_s)
    firing: dict[str, Any] = table(task.cursor, "firing")
    token = read_token(task.options, "PROMETHEUS_TOKEN")
    with Api(url, token=token, user=text(task.options, "username")) as api:
        server = _Server(api)
        found: list[Signal] = []
        if reached is None:
            found, firing = _open_at(task, server, start, alert_step_s)
        length = timedelta(seconds=step_s * min(_STEPS_A_PAGE, _MOST_POINTS * alert_step_s // step_s))
        for begin, stop in windows(start, end, length):
            span = (begin, stop, step_s)
            for name, query in queries.samples(task.options).items():
                found += read_samples(task.received, server.series(query, *span), name)
            for slo in task.slos:
                found += _slo(server, task, slo, span)
            alerts = server.series(queries.FIRING, begin, stop, alert_step_s)
            told, firing = follow(task.received, alerts, firing, end=stop.timestamp(), step_s=alert_step_s)
            firing = {name: {**kept, "labels": task.masked(table(kept, "labels"))} for name, kept in firing.items()}
            yield Page(
                signals=(*found, *told),
                cursor={"reached": format_time(stop), "firing": firing},
                done=(stop - start) / (end - start),
                label=f"until {stop:%Y-%m-%d %H:%M}",
                notes=server.take_notes(),
            )
            found = []


class _Server:
    """Asks range queries, and notes what the answers doubt: of several stores behind a query one may be silent."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._notes: list[str] = []

    def series(self, query: str, begin: datetime, stop: datetime, step_s: float) -> list[dict[str, Any]]:
        """The series of a query over (begin, stop]: the points are the ends of the steps."""
        params = {"query": query, "start": begin.timestamp() + step_s, "end": stop.timestamp(), "step": step_s}
        answer = self._api.get("/api/v1/query_range", params).body
        self._notes += [
            f"until {stop:%Y-%m-%d %H:%M} Prometheus warns: {one}; if something is missing, pull again with --since"
            for one in texts(answer, "warnings")
        ]
        return series_of(answer)

    def note(self, what: str) -> None:
        """Say it with the next page."""
        self._notes.append(what)

    def take_notes(self) -> tuple[str, ...]:
        """What was noted since the last time, each once."""
        notes, self._notes = tuple(dict.fromkeys(self._notes)), []
        return notes


def _steps(task: Task) -> tuple[float, float]:
    """The distances of samples and of looks at alerts, in seconds; raises BadInput."""
    for name in ("step_s", "alert_step_s"):
        if name in task.options and number(task.options, name) is None:
            msg = f"[sources.prometheus] {name} {task.options[name]!r} is no number of seconds"
            raise BadInput(msg)
    step_s = number(task.options, "step_s") or _STEP_S
    alert_step_s = min(number(task.options, "alert_step_s") or _ALERT_STEP_S, step_s)
    if not 1 <= alert_step_s <= step_s or step_s % alert_step_s:
        msg = f"alert_step_s {alert_step_s:g} does not divide step_s {step_s:g}"
        raise BadInput(msg)
    if step_s > _MOST_POINTS * alert_step_s:
        msg = f"alert_step_s {alert_step_s:g} is too short beside step_s {step_s:g}: at most {_MOST_POINTS} to one"
        raise BadInput(msg)
    return step_s, alert_step_s


def _open_at(task: Task, server: _Server, start: datetime, step_s: float) -> tuple[list[Signal], dict[str, Any]]:
    """What fires at the beginning of a history, and since when, as far back as one question reaches."""
    before = start - timedelta(seconds=step_s * _MOST_POINTS)
    alerts = server.series(queries.FIRING, before, start, step_s)
    told, firing = follow(task.received, alerts, {}, end=start.timestamp(), step_s=step_s)
    begins = {(name, episode["start"]) for name, episode in firing.items()}
    return [one for one in told if (one.fingerprint, one.at.timestamp()) in begins], firing


def _slo(server: _Server, task: Task, slo: Slo, span: tuple[datetime, datetime, float]) -> list[Signal]:
    """Good and total events of each step, of all series together; a step without events is left out."""
    if not (slo.good_query and slo.total_query):
        return []
    step_s = span[2]
    try:
        asked = [queries.counted(query, step_s) for query in (slo.good_query, slo.total_query)]
    except BadInput as error:
        server.note(f"[[slo]] {slo.name} is not pulled: {error}")
        return []
    good, total = (_summed(server.series(query, *span)) for query in asked)
    return [
        signal(
            task.received,
            "prometheus",
            "sli",
            "-",
            key=f"sli:{slo.name}",
            at=at,
            event=f"sli:{slo.name}:{at.timestamp():.0f}:{step_s:.0f}",
            service=slo.service,
            name=slo.name,
            attrs={
                "good": f"{min(good.get(at, 0.0), events):.10g}",
                "total": f"{events:.10g}",
                "objective": f"{slo.objective:.10g}",
            },
        )
        for at, events in total.items()
        if events > 0
    ]


def _summed(found: list[dict[str, Any]]) -> dict[datetime, float]:
    sums: defaultdict[datetime, float] = defaultdict(float)
    for series in found:
        for at, value in points(series):
            sums[at] += value
    return sums


def _aligned(moment: datetime, step_s: float) -> datetime:
    """The step's boundary at or before a moment, so that every pull asks for the same points."""
    return datetime.fromtimestamp(math.floor(moment.timestamp() / step_s) * step_s, UTC)
