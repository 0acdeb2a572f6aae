"""Episodes out of the series ALERTS: where it begins an alert fired, where it ends the alert was resolved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from opsloop.sources.event import signal
from opsloop.sources.labels import LabelSet, fingerprint_of
from opsloop.sources.payload import number, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_NOT_LABELS: Final = frozenset({"__name__", "alertstate"})
_LAST_SECOND: Final = 253_402_300_799
Open = dict[str, dict[str, Any]]
"""Episodes under way: fingerprint -> labels, start and last point in epoch seconds. It is kept in the cursor."""


def follow(
    delivery: Delivery, found: list[dict[str, Any]], firing: Mapping[str, Any], *, end: float, step_s: float
) -> tuple[list[Signal], Open]:
    """The starts and ends in a window that ends at the point ``end``; ``firing`` is what went on before it.

    Times are true to ``step_s``, which ``attrs.resolution_s`` says. The fingerprint is the one that Prometheus sends to
    Alertmanager, as long as no external labels are configured.
    """
    signals: list[Signal] = []
    before: Open = {name: episode for name, episode in firing.items() if isinstance(episode, dict)}
    still: Open = {}
    for series in found:
        if text(series, "metric", "alertstate") != "firing":
            continue
        labels = {name: value for name, value in table(series, "metric").items() if name not in _NOT_LABELS}
        fingerprint = fingerprint_of(labels)
        episode = before.pop(fingerprint, None)
        for at in _times(series):
            if episode is not None and at - float(episode["last"]) > 1.5 * step_s:
                signals.append(_resolved(delivery, fingerprint, episode, step_s))
                episode = None
            if episode is None:
                episode = {"labels": labels, "start": at}
                signals.append(_tell(delivery, fingerprint, episode, ended_at=None, step_s=step_s))
            episode["last"] = at
        if episode is None:
            continue
        if float(episode["last"]) > end - step_s / 2:
            still[fingerprint] = episode
        else:
            signals.append(_resolved(delivery, fingerprint, episode, step_s))
    signals += [_resolved(delivery, fingerprint, episode, step_s) for fingerprint, episode in before.items()]
    return signals, still


def _times(series: dict[str, Any]) -> list[float]:
    values = series.get("values")
    times = (number(point, 0) for point in values) if isinstance(values, list) else ()
    return sorted(at for at in times if at is not None and 0 < at < _LAST_SECOND)


def _resolved(delivery: Delivery, fingerprint: str, episode: dict[str, Any], step_s: float) -> Signal:
    return _tell(delivery, fingerprint, episode, ended_at=float(episode["last"]) + step_s, step_s=step_s)


def _tell(
    delivery: Delivery, fingerprint: str, episode: dict[str, Any], *, ended_at: float | None, step_s: float
) -> Signal:
    said, start = LabelSet.of(table(episode, "labels")), float(episode["start"])
    status, at = ("firing", start) if ended_at is None else ("resolved", ended_at)
    return signal(
        delivery,
        "prometheus",
        "alert",
        status,
        key=fingerprint,
        at=datetime.fromtimestamp(at, UTC),
        event=f"{fingerprint}:{start:.0f}:{status}",
        service=said.service,
        environment=said.environment,
        name=said.name,
        severity=said.severity,
        duration_s=at - start if status == "resolved" else None,
        labels=said.attrs,
        attrs={"resolution_s": f"{step_s:.0f}"},
    )
