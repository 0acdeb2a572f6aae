"""``backtest``: what these thresholds would have found, day by day."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.progress import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsloop.config import Settings
    from opsloop.detectors import Detector
    from opsloop.verbs.replay import Found
    from opsloop.verbs.workspace import Workspace

MOST_DAYS: Final = 3_650
"""No replay is longer: nobody reads ten years day by day."""


def backtest(
    ws: Workspace, *, detector: str | None = None, assignments: Sequence[str] = (), days: int = 90
) -> dict[str, Any]:
    """Replay detectors over the ``days`` UTC days that end with today; writes nothing.

    ``assignments`` (``threshold=value`` with ``detector``, else ``detector.threshold=value``) try other thresholds.
    Raises NotFound and BadInput for a detector or threshold that does not exist.
    """
    from opsloop.detectors import load, names
    from opsloop.signals.table import open_table
    from opsloop.verbs.detect import with_slos
    from opsloop.verbs.replay import replay

    if days < 1:
        msg = f"--days {days}: at least one day is needed"
        raise BadInput(msg)
    if days > MOST_DAYS:
        msg = f"--days {days}: at most {MOST_DAYS} days can be replayed"
        raise BadInput(msg)
    tried = [load(detector)] if detector else [load(name) for name in names()]
    settings = _with(with_slos(ws), assignments, tried[0].name if detector else None)
    table = open_table(ws.store, settings.engine)
    dates = [(ws.now - timedelta(days=back)).astimezone(UTC).date() for back in range(days - 1, -1, -1)]
    results = [
        _result(each, replay(each, table, dates, ws.now, settings), settings)
        for each in steps(tried, lambda one: one.name)
    ]
    return {"from": dates[0].isoformat(), "to": dates[-1].isoformat(), "days": days, "results": results}


def _result(detector: Detector, found: Iterable[Found], settings: Settings) -> dict[str, Any]:
    from opsloop.detectors import thresholds

    patterns: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    places: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    shown: set[tuple[str, str, str]] = set()
    for one in found:
        patterns[one.pattern_key, one.service].add(one.day)
        places[one.pattern_key, one.service].update(one.services)
        shown.update((one.pattern_key, one.day, service) for service in one.services)
    by_day = Counter(day for days in patterns.values() for day in days)
    services = Counter(service for _, _, service in shown)
    limits = thresholds(detector.name, detector.defaults, settings)
    return {
        "detector": detector.name,
        "thresholds": {name: value for name, value in limits.items() if name != "enabled"},
        "enabled": limits["enabled"],
        "findings": len(patterns),
        "days": len(by_day),
        "by_day": dict(sorted(by_day.items())),
        "services": [name for name, _ in sorted(services.items(), key=lambda item: (-item[1], item[0]))],
        "patterns": [
            {
                "pattern_key": key,
                "service": service,
                "services": sorted(places[key, service]),
                "days": len(days),
                "first": min(days),
                "last": max(days),
            }
            for (key, service), days in sorted(patterns.items(), key=lambda item: (-len(item[1]), str(item[0])))
        ],
    }


def _with(settings: Settings, assignments: Sequence[str], detector: str | None) -> Settings:
    written: dict[str, Mapping[str, Any]] = {name.replace("-", "_"): own for name, own in settings.detectors.items()}
    for assignment in assignments:
        place, equals, text = assignment.partition("=")
        name, _, key = place.strip().rpartition(".")
        name = name.replace("-", "_") or detector or ""
        if not (equals and key and name):
            form = "K=V" if detector else "DETECTOR.K=V, or K=V with --detector"
            msg = f"--set {assignment!r} is not of the form {form}"
            raise BadInput(msg)
        written[name] = {**written.get(name, {}), key: _value(text.strip())}
    settings = replace(settings, detectors=written)
    from opsloop.detectors import chosen

    chosen(settings)
    return settings


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
