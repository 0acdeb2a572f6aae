"""Prometheus: answers of its query API, as ``pull prometheus`` gets them and as a file may hold them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import LabelSet, fingerprint_of
from opsloop.sources.payload import dig, line, number, rows, table, text
from opsloop.sources.prometheus.alerts import follow
from opsloop.sources.signature import shared_secret as verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["parse", "points", "read_samples", "series_of", "verify"]

_TELLING: Final = ("mountpoint", "device", "queue", "pool", "topic", "consumergroup", "name")
"""Labels that tell resources of one instance apart."""
_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read a range or instant vector: ALERTS as episodes (of ``step_s`` seconds), other series as samples.

    ``name`` says what is measured (cpu, memory, queue_depth, ...); else it is the metric's name.
    """
    found = series_of(delivery.object())
    alerts = [series for series in found if text(series, "metric", "__name__") == "ALERTS"]
    others = [series for series in found if series not in alerts]
    step_s = number(options, "step_s") or 60.0
    end = max((at.timestamp() for series in alerts for at, _ in points(series)), default=0.0)
    episodes, _ = follow(delivery, alerts, {}, end=end, step_s=step_s)
    samples = read_samples(delivery, others, text(options, "name"))
    return Parsed(signals=(*episodes, *samples), ignored=len(found) - len(alerts) - len(others))


def series_of(answer: Any) -> list[dict[str, Any]]:
    """The series of an answer of the query API; raises BadInput with its error, or for another type of result."""
    if text(answer, "status") != "success":
        msg = f"Prometheus did not answer with success: {text(answer, 'error') or 'no status'}"
        raise BadInput(msg)
    if dig(answer, "data", "resultType") not in ("matrix", "vector"):
        msg = "the result is neither a range vector nor an instant vector"
        raise BadInput(msg)
    return rows(answer, "data", "result")


def points(series: dict[str, Any]) -> Iterator[tuple[datetime, float]]:
    """The points of a series that are finite numbers."""
    values = series.get("values") if "values" in series else [series.get("value")]
    for point in values if isinstance(values, list) else ():
        at, value = number(point, 0), number(point, 1)
        if at is not None and value is not None and 0 < at < _LAST_SECOND:
            yield datetime.fromtimestamp(round(at, 3), UTC), value


def read_samples(delivery: Delivery, found: list[dict[str, Any]], name: str | None) -> list[Signal]:
    """One sample a point; the resource is the instance with what tells its parts apart."""
    signals = []
    for series in found:
        labels = table(series, "metric")
        measured = name or text(labels, "__name__") or "value"
        said = LabelSet.of(labels)
        parts = [said.attrs.get("resource"), *(line(labels.get(key)) for key in _TELLING)]
        described = {**said.attrs, "resource": " ".join(part for part in parts if part)}
        key = f"{measured}:{fingerprint_of(labels)}"
        for at, value in points(series):
            signals.append(
                signal(
                    delivery,
                    "prometheus",
                    "sample",
                    "-",
                    key=key,
                    at=at,
                    event=f"{key}:{at.timestamp():.3f}",
                    service=said.service,
                    environment=said.environment,
                    name=measured,
                    value=value,
                    attrs=described,
                )
            )
    return signals
