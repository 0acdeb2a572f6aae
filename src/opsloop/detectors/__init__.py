"""Detectors: what is worth learning from, computed from signals.

One folder a detector; its name is its registered name. It offers

    RULE       its facts: category, area, kind of entry, definition, systemic fixes (``rule.Rule``)
    DEFAULTS   its thresholds, units in their names; ``[detectors.NAME]`` in opsloop.toml overrides them
    detect(signals, *, now, settings) -> Table
               findings, one row a pattern and service (``finding.SCHEMA``); it never reads the clock

and optionally ``occurrences(signals, *, now, settings) -> Table``: every single occurrence of its patterns, whether
or not they are frequent enough to be found (``pattern_key service id at``); proof of improvement counts these.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from opsloop.detectors.rule import Rule
from opsloop.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

__all__ = ["Detector", "Rule", "chosen", "load", "names", "thresholds"]

FOLDER: Final = Path(__file__).parent

LARGEST: Final = 10_000_000
LONGEST_DAYS: Final = 100_000
"""No threshold is larger; and no span of days, which are 270 years: what is added to a time must still be one."""
_SHARES: Final = ("_ratio", "_share", "_rate")
"""Thresholds of these names are parts of a whole; 85 would be one that nothing ever reaches."""


class Compute(Protocol):
    """Signals in, findings or occurrences out; lazily, on whatever engine holds the signals."""

    def __call__(self, signals: Table, *, now: datetime, settings: Settings) -> Table: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector's folder, loaded."""

    name: str
    rule: Rule
    defaults: Mapping[str, Any]
    detect: Compute
    occurrences: Compute | None


@cache
def names() -> tuple[str, ...]:
    """Every detector there is, by name; the folder is read once."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/__init__.py")))


def load(name: str) -> Detector:
    """The detector in folder ``name`` (hyphens read as underscores); raises NotFound with the names there are."""
    known = names()
    folder = name.replace("-", "_")
    if folder not in known:
        raise NotFound("detector", name, known=known)
    module = importlib.import_module(f"{__name__}.{folder}")
    return Detector(
        name=folder,
        rule=module.RULE,
        defaults=module.DEFAULTS,
        detect=module.detect,
        occurrences=getattr(module, "occurrences", None),
    )


def chosen(settings: Settings) -> list[Detector]:
    """The enabled detectors; raises BadInput for a detector or threshold that does not exist."""
    for name in settings.detectors:
        if name.replace("-", "_") not in names():
            msg = f"[detectors.{name}]: no such detector; there are {' '.join(names())}"
            raise BadInput(msg)
    return [each for each in map(load, names()) if _own(each.name, each.defaults, settings)["enabled"]]


def thresholds(module: str, defaults: Mapping[str, Any], settings: Settings) -> Mapping[str, Any]:
    """``defaults`` with what opsloop.toml says instead; ``module`` is the detector's ``__name__``.

    Raises BadInput that names an unknown key, a value of the wrong type, a negative or an endless one.
    """
    return _own(module.rpartition(".")[2], defaults, settings)


def _own(name: str, defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    known = {"enabled": True, **defaults}
    written = settings.detectors.get(name) or settings.detectors.get(name.replace("_", "-")) or {}
    for key, value in written.items():
        where = f"[detectors.{name}] {key}"
        if key not in known:
            msg = f"{where}: no such threshold; there are {' '.join(known)}"
            raise BadInput(msg)
        if wrong := _wrong(key, value, known[key]):
            msg = f"{where} = {value!r}: {wrong}"
            raise BadInput(msg)
    return known | dict(written)


def _wrong(key: str, value: Any, like: Any) -> str | None:
    """What is wrong with a threshold; None for one like the default and within its bounds."""
    if not _is_like(value, like):
        return f"should be like {like!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    most = 1 if key.endswith(_SHARES) else LONGEST_DAYS if key.endswith("_days") else LARGEST
    if value < 0 or (value == 0 and key == "window_days"):
        return f"must {'be above' if key == 'window_days' else 'not be below'} 0, such as {like!r}"
    if not value <= most:
        return f"must be a share between 0 and 1, such as {like!r}" if most == 1 else f"must be {most:,} at most"
    return None


def _is_like(value: Any, like: Any) -> bool:
    if isinstance(like, bool) or isinstance(value, bool):
        return isinstance(like, bool) and isinstance(value, bool)
    if isinstance(like, int | float):
        return isinstance(value, int if isinstance(like, int) else int | float)
    if isinstance(like, tuple):
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return isinstance(value, type(like))
