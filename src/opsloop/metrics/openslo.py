"""Service level objectives as declared: ``[[slo]]`` in the settings and OpenSLO v1 documents in ``slo/*.yaml``."""

from __future__ import annotations

import re
from dataclasses import fields, replace
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

_DAYS: Final = {"d": 1, "w": 7, "M": 30, "Q": 90, "Y": 365}


def declared(root: Path, configured: Iterable[Slo]) -> dict[str, Slo]:
    """Every declared SLO by name; raises BadInput where two declarations of one name differ.

    What one declaration leaves out (service, SLA, queries), another of the same name may add.
    """
    slos: dict[str, Slo] = {}
    for slo in configured:
        _add(slos, slo, "opsloop.toml")
    for path in sorted((root / FOLDER).glob("*.yaml")):
        for slo in read(path):
            _add(slos, slo, f"{FOLDER}/{path.name}")
    return slos


def read(path: Path) -> Iterator[Slo]:
    """The SLOs of one file, which may hold several documents; others than OpenSLO v1 SLOs are passed over."""
    import yaml

    where = f"{FOLDER}/{path.name}"
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{where} is not YAML: {' '.join(str(error).split())}"
        raise BadInput(msg) from None
    for document in documents:
        if isinstance(document, dict) and document.get("apiVersion") == API_VERSION and document.get("kind") == "SLO":
            yield _slo(document, where)


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
    indicator = spec.get("indicator") or {}
    ratio = ((indicator.get("spec") or {}).get("ratioMetric") or {}) if isinstance(indicator, dict) else {}
    sla = (metadata.get("annotations") or {}).get(SLA_ANNOTATION)
    return Slo(
        name=name,
        service=spec.get("service") or None,
        objective=_target(spec.get("objectives"), where),
        window_days=_window_days(spec.get("timeWindow"), where),
        sla_objective=_fraction(sla, f"{where}: {SLA_ANNOTATION}") if sla is not None else None,
        good_query=_query(ratio.get("good")),
        total_query=_query(ratio.get("total")),
    )


def _table(document: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        msg = f"{where}: {key} is missing or no mapping"
        raise BadInput(msg)
    return value


def _target(objectives: Any, where: str) -> float:
    if not isinstance(objectives, list) or len(objectives) != 1 or not isinstance(objectives[0], dict):
        msg = f"{where} needs exactly one entry in spec.objectives; declare each further objective as an SLO of its own"
        raise BadInput(msg)
    if "target" in objectives[0]:
        return _fraction(objectives[0]["target"], f"{where}: target")
    if "targetPercent" in objectives[0]:
        from decimal import Decimal

        percent = _fraction(objectives[0]["targetPercent"], f"{where}: targetPercent")
        return float(Decimal(repr(percent)) / 100)
    msg = f"{where}: its objective has neither target (0.999) nor targetPercent (99.9)"
    raise BadInput(msg)


def _fraction(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        msg = f"{where} {value!r} is not a number"
        raise BadInput(msg) from None


def _window_days(windows: Any, where: str) -> int:
    if not windows:
        return DEFAULT_WINDOW_DAYS
    duration = windows[0].get("duration") if isinstance(windows, list) and isinstance(windows[0], dict) else None
    found = re.fullmatch(r"(\d+)([dwMQY])", str(duration))
    if not found:
        msg = f"{where}: timeWindow {duration!r} is not a duration such as 30d or 4w"
        raise BadInput(msg)
    return int(found[1]) * _DAYS[found[2]]


def _query(metric: Any) -> str | None:
    """The query of a good or total metric, wherever its source keeps it."""
    source = metric.get("metricSource") if isinstance(metric, dict) else None
    spec = source.get("spec") if isinstance(source, dict) else None
    query = spec.get("query") if isinstance(spec, dict) else None
    return query if isinstance(query, str) else None
