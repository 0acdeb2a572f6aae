"""Service level objectives as declared: ``[[slo]]`` in the settings and OpenSLO v1 documents in ``slo/*.y*ml``.

Budgets here are counted in events, over a window that rolls. A document that asks for another budget (calendar-aligned
windows, time slices) is read so all the same, and one of another version of OpenSLO is not read: ``doubts`` tells.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from opsloop.config import Slo
from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

API_VERSION: Final = "openslo/v1"
FOLDER: Final = "slo"
DEFAULT_WINDOW_DAYS: Final = 30
SLA_ANNOTATION: Final = "opsloop/sla-objective"
"""OpenSLO v1 has no field for a promise to customers; this annotation holds it, a fraction as text."""

ANY_SERVICE_ANNOTATION: Final = "opsloop/any-service"
"""OpenSLO v1 wants a service of every SLO; ``"true"`` says that the one it names was made up."""

BUDGETING_METHOD: Final = "Occurrences"
"""What OpenSLO calls a budget of events; the other methods count the slices of time that were bad."""

_DAYS: Final = {"d": 1, "w": 7, "M": 30, "Q": 90, "Y": 365}


def declared(root: Path, configured: Iterable[Slo]) -> dict[str, Slo]:
    """Every declared SLO by name; raises BadInput where two declarations of one name differ.

    What one declaration leaves out (service, SLA, queries), another of the same name may add.
    """
    slos: dict[str, Slo] = {}
    for slo in configured:
        _add(slos, slo, "opsloop.toml")
    for path in _files(root):
        for slo in read(path):
            _add(slos, slo, f"{FOLDER}/{path.name}")
    return slos


def read(path: Path) -> Iterator[Slo]:
    """The OpenSLO v1 SLOs of one file; raises BadInput. Other documents are passed over."""
    for document in _documents(path):
        if document.get("apiVersion") == API_VERSION:
            yield _slo(document, f"{FOLDER}/{path.name}")


def doubts(root: Path) -> Iterator[tuple[str, str]]:
    """Which files hold an SLO that counts otherwise here than it says, or not at all: (file, what)."""
    for path in _files(root):
        for document in _documents(path):
            for what in _doubts(document):
                yield f"{FOLDER}/{path.name}", what


def _files(root: Path) -> list[Path]:
    return sorted(path for path in (root / FOLDER).glob("*.y*ml") if path.suffix in {".yaml", ".yml"})


def _doubts(document: dict[str, Any]) -> Iterator[str]:
    if (version := document.get("apiVersion")) != API_VERSION:
        yield f"an SLO of {version}, which counts nowhere: only {API_VERSION} is read"
        return
    spec = document.get("spec")
    told = spec if isinstance(spec, dict) else {}
    if (method := told.get("budgetingMethod")) not in (None, BUDGETING_METHOD):
        yield f"its budgetingMethod is {method}, and its budget is counted in events here"
    windows = told.get("timeWindow")
    for window in windows if isinstance(windows, list) else ():
        if isinstance(window, dict) and (window.get("calendar") or window.get("isRolling") is False):
            yield "its timeWindow is aligned to a calendar, and rolls here"


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    """The SLOs, of any version, among the documents of a file, or in lists of them as OpenSLO's own SDK writes."""
    import yaml

    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError: no UTF-8, or a thirteenth month
        msg = f"{FOLDER}/{path.name} is not YAML: {' '.join(str(error).split())}"
        raise BadInput(msg) from None
    for document in chain.from_iterable(item if isinstance(item, list) else [item] for item in documents):
        told = document if isinstance(document, dict) else {}
        if told.get("kind") == "SLO" and str(told.get("apiVersion")).startswith("openslo"):
            yield told


def _add(slos: dict[str, Slo], slo: Slo, where: str) -> None:
    earlier = slos.setdefault(slo.name, slo)
    merged = {}
    for item in fields(Slo):
        ours, theirs = getattr(earlier, item.name), getattr(slo, item.name)
        if None not in (ours, theirs) and ours != theirs:
            msg = f"{where} declares SLO {slo.name} with {item.name} {theirs!r}, elsewhere it is {ours!r}; keep one"
            raise BadInput(msg)
        merged[item.name] = theirs if ours is None else ours
    slos[slo.name] = replace(earlier, **merged)


def _slo(document: dict[str, Any], where: str) -> Slo:
    spec = _table(document, "spec", where)
    metadata = _table(document, "metadata", where)
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        msg = f"{where}: an SLO without metadata.name"
        raise BadInput(msg)
    where = f"{where}: SLO {name}"
    annotations = _part(metadata, "annotations", where)
    service = None if annotations.get(ANY_SERVICE_ANNOTATION) == "true" else spec.get("service") or None
    if not isinstance(service, str | None):
        msg = f"{where}: spec.service {service!r} is no text"
        raise BadInput(msg)
    objective = _objective(spec.get("objectives"), where)
    indicator = _part(spec, "indicator", where) or _part(objective, "indicator", where)
    ratio = _part(_part(indicator, "spec", where), "ratioMetric", where)
    sla = annotations.get(SLA_ANNOTATION)
    return Slo(
        name=name,
        service=service,
        objective=_target(objective, where),
        window_days=_window_days(spec.get("timeWindow"), where),
        sla_objective=_fraction(sla, f"{where}: {SLA_ANNOTATION}") if sla is not None else None,
        good_query=_query(_part(ratio, "good", where), where),
        total_query=_query(_part(ratio, "total", where), where),
    )


def _table(document: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        msg = f"{where}: {key} is missing or no mapping"
        raise BadInput(msg)
    return value


def _part(document: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """A mapping that may be left out."""
    return {} if document.get(key) is None else _table(document, key, where)


def _objective(objectives: Any, where: str) -> dict[str, Any]:
    if not isinstance(objectives, list) or len(objectives) != 1 or not isinstance(objectives[0], dict):
        msg = f"{where} needs exactly one entry in spec.objectives; declare each further objective as an SLO of its own"
        raise BadInput(msg)
    return objectives[0]


def _target(objective: dict[str, Any], where: str) -> float:
    if "target" in objective:
        return _fraction(objective["target"], f"{where}: target")
    if "targetPercent" in objective:
        from decimal import Decimal

        percent = _fraction(objective["targetPercent"], f"{where}: targetPercent")
        return float(Decimal(repr(percent)) / 100)
    msg = f"{where}: its objective has neither target (0.999) nor targetPercent (99.9)"
    raise BadInput(msg)


def _fraction(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        msg = f"{where} {value!r} is not a number"
        raise BadInput(msg) from None


def _window_days(windows: Any, where: str) -> int:
    if not windows:
        return DEFAULT_WINDOW_DAYS
    if not isinstance(windows, list) or len(windows) != 1 or not isinstance(windows[0], dict):
        msg = f"{where} needs exactly one entry in spec.timeWindow, a list"
        raise BadInput(msg)
    duration = windows[0].get("duration")
    found = re.fullmatch(r"(\d+)([dwMQY])", str(duration))
    if not found:
        msg = f"{where}: timeWindow {duration!r} is not a duration such as 30d or 4w"
        raise BadInput(msg)
    return int(found[1]) * _DAYS[found[2]]


def _query(metric: dict[str, Any], where: str) -> str | None:
    """The query of a good or total metric, wherever its source keeps it."""
    query = _part(_part(metric, "metricSource", where), "spec", where).get("query")
    return query if isinstance(query, str) else None
