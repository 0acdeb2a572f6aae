"""The history of a Prometheus: resources, SLOs and alerts, by range queries from where the last pull ended."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import format_time
from opsloop.sources.event import signal
from opsloop.sources.payload import number, table, text
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
"""Six hours at five minutes: far below Prometheus' limit of 11,000 points a series."""


def pull(task: Task) -> Iterator[Page]:
    """Six hours a page: every sample query, every SLO with queries, and ALERTS.

    ``step_s`` is the distance of samples, ``alert_step_s`` (which divides it) how exactly alerts are timed.
    """
    url = text(task.options, "url")
    if url is None:
        msg = "say where Prometheus is: --url, or url in [sources.prometheus] of opsloop.toml"
        raise BadInput(msg)
    step_s = number(task.options, "step_s") or _STEP_S
    alert_step_s = min(number(task.options, "alert_step_s") or _ALERT_STEP_S, step_s)
    if not 1 <= alert_step_s <= step_s or step_s % alert_step_s:
        msg = f"alert_step_s {alert_step_s:g} does not divide step_s {step_s:g}"
        raise BadInput(msg)
    start, end = _aligned(moment(task.cursor, "reached") or task.since, step_s), _aligned(task.now, step_s)
    firing: dict[str, Any] = table(task.cursor, "firing")
    token = read_token(task.options, "PROMETHEUS_TOKEN")
    with Api(url, token=token, user=text(task.options, "username")) as api:
        for begin, stop in windows(start, end, timedelta(seconds=step_s * _STEPS_A_PAGE)):
            span = (begin, stop, step_s)
            found: list[Signal] = []
            for name, query in queries.samples(task.options).items():
                found += read_samples(task.received, _ask(api, query, *span), name)
            for slo in task.slos:
                found += _slo(api, task, slo, span)
            alerts = _ask(api, queries.FIRING, begin, stop, alert_step_s)
            told, firing = follow(task.received, alerts, firing, end=stop.timestamp(), step_s=alert_step_s)
            firing = {name: {**kept, "labels": task.masked(table(kept, "labels"))} for name, kept in firing.items()}
            cursor = {"reached": format_time(stop), "firing": firing}
            done = (stop - start) / (end - start)
            yield Page(signals=(*found, *told), cursor=cursor, done=done, label=f"until {stop:%Y-%m-%d %H:%M}")


def _ask(api: Api, query: str, begin: datetime, stop: datetime, step_s: float) -> list[dict[str, Any]]:
    """The series of a query over (begin, stop]: the points are the ends of the steps."""
    params = {"query": query, "start": begin.timestamp() + step_s, "end": stop.timestamp(), "step": step_s}
    return series_of(api.get("/api/v1/query_range", params).body)


def _slo(api: Api, task: Task, slo: Slo, span: tuple[datetime, datetime, float]) -> list[Signal]:
    """Good and total events of each step; a step without events says nothing and is left out."""
    if not (slo.good_query and slo.total_query):
        return []
    step_s = span[2]
    good, total = (
        dict(point for series in _ask(api, queries.counted(query, step_s), *span)[:1] for point in points(series))
        for query in (slo.good_query, slo.total_query)
    )
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


def _aligned(moment: datetime, step_s: float) -> datetime:
    """The step's boundary at or before a moment, so that every pull asks for the same points."""
    return datetime.fromtimestamp(math.floor(moment.timestamp() / step_s) * step_s, UTC)
