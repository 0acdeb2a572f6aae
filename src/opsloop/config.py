"""``opsloop.toml`` read into frozen Settings; a missing file means every default.

Thresholds of detectors are kept as they were written: each detector declares its own keys and defaults
(``DEFAULTS`` in its folder), and names the key it does not know.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILE_NAME: Final = "opsloop.toml"
_LEAST_MEMORY_MB: Final = 128
LONGEST_WINDOW_DAYS: Final = 3_660
"""Ten years of a service level objective; nobody promises longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """A declared objective. ``objective`` is a fraction in (0, 1); queries are PromQL for good and all events."""

    name: str
    objective: float
    service: str | None = None
    window_days: int = 30
    sla_objective: float | None = None
    good_query: str | None = None
    total_query: str | None = None

    def __post_init__(self) -> None:
        """Refuse what has no budget or promises more to customers than to ourselves."""
        for label, value in (("objective", self.objective), ("sla_objective", self.sla_objective)):
            if value is not None and not 0 < value < 1:
                msg = f"SLO {self.name}: {label} {value!r} is not a fraction between 0 and 1, such as 0.999"
                raise BadInput(msg)
        if self.sla_objective is not None and self.objective <= self.sla_objective:
            msg = f"SLO {self.name}: objective {self.objective} is not stricter than its SLA {self.sla_objective}"
            raise BadInput(msg)
        if not 1 <= self.window_days <= LONGEST_WINDOW_DAYS:
            msg = f"SLO {self.name}: window_days {self.window_days!r} is none of 1 to {LONGEST_WINDOW_DAYS} whole days"
            raise BadInput(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where signals live: ``lake`` is a folder under the root or an fsspec URL; ``retention_days`` 0 keeps all.

    ``compact_min_files``: so many files of one day are merged by the server, 0 never; the files that a merge replaced
    stay ``keep_replaced_hours`` for readers that listed them before.
    """

    lake: str = ".opsloop/lake"
    seal_after_hours: int = 24
    retention_days: int = 0
    compact_min_files: int = 8
    keep_replaced_hours: int = 24

    def __post_init__(self) -> None:
        """Refuse spans and counts below zero."""
        for name in ("seal_after_hours", "retention_days", "compact_min_files", "keep_replaced_hours"):
            if getattr(self, name) < 0:
                msg = f"store.{name} {getattr(self, name)} is below 0"
                raise BadInput(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What evaluates the tables: duckdb, spark://host:port or spark-local[N].

    ``memory_mb``: what a query of DuckDB keeps in memory; beyond it, it goes on with temporary files.
    """

    name: str = "duckdb"
    url: str | None = None
    memory_mb: int = 512

    def __post_init__(self) -> None:
        """Refuse a memory that nothing fits into."""
        if self.memory_mb < _LEAST_MEMORY_MB:
            msg = f"engine.memory_mb {self.memory_mb} is below {_LEAST_MEMORY_MB}"
            raise BadInput(msg)

    @property
    def address(self) -> str:
        """The engine as one text: its url, or its name."""
        return self.url or self.name

    @property
    def is_duckdb(self) -> bool:
        """Whether this process evaluates them."""
        return self.address == "duckdb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Peak hours ``HH-HH`` (half-open) in ``timezone``."""

    timezone: str = "UTC"
    peak: str = "09-18"

    def __post_init__(self) -> None:
        """Refuse zones and spans that do not exist."""
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            msg = f"hours.timezone {self.timezone!r} is no zone of the IANA database, such as Europe/Berlin"
            raise BadInput(msg) from None
        _ = self.span

    @property
    def span(self) -> tuple[time, time]:
        """First and last peak hour of the day, as local times; the end is exclusive (24 reads as midnight)."""
        first, _, last = self.peak.partition("-")
        if not (first.isdigit() and last.isdigit() and 0 <= int(first) < int(last) <= 24):
            msg = f"hours.peak {self.peak!r} is not of the form 09-18"
            raise BadInput(msg)
        return time(int(first)), time(int(last) % 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Additions to the built-in rules: ``hosts`` to mask (suffixes), texts to ``allow``."""

    hosts: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How much may be put before a reader, and how well it must fit."""

    budget_tokens: int = 100
    min_score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRef:
    """Another repository's journal in an organisation's index."""

    path: str
    team: str | None = None
    repository: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of ``opsloop.toml``."""

    detectors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    targets: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    serve: Mapping[str, Any] = field(default_factory=dict)
    agents: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Sequence[str]] = field(default_factory=dict)
    slo: tuple[Slo, ...] = ()
    store: Store = field(default_factory=Store)
    engine: Engine = field(default_factory=Engine)
    hours: Hours = field(default_factory=Hours)
    redact: Redaction = field(default_factory=Redaction)
    recall: Recall = field(default_factory=Recall)
    journals: tuple[JournalRef, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that could mean two services."""
        owner: dict[str, str] = {service.lower(): service for service in self.services}
        for service, others in self.services.items():
            if not isinstance(others, list | tuple) or not all(isinstance(other, str) and other for other in others):
                msg = (
                    f"[services] {service} = {others!r}: a list of what other tools call it, such as ['shop/checkout']"
                )
                raise BadInput(msg)
            for other in others:
                known = owner.setdefault(other.lower(), service)
                if known != service:
                    msg = f"[services] {other!r} is a name of {known} and of {service}: give it to one of them"
                    raise BadInput(msg)

    @property
    def service_names(self) -> dict[str, str]:
        """What tools call a service, in lower case -> the name that it has here."""
        return {name.lower(): service for service, others in self.services.items() for name in (service, *others)}


_TABLES: Final = {"store": Store, "engine": Engine, "hours": Hours, "redact": Redaction, "recall": Recall}
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "int": int,
    "float": (int, float),
    "str": str,
    "tuple[str, ...]": tuple,
}
_LISTS: Final = {"slo": Slo, "journals": JournalRef}


def load(root: Path) -> Settings:
    """Read ``root/opsloop.toml``; raises BadInput with the key that is wrong."""
    path = root / FILE_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: {error}"
        raise BadInput(msg) from None
    known = {item.name for item in fields(Settings)}
    if unknown := document.keys() - known:
        msg = f"{path}: no setting [{min(unknown)}]; there are {' '.join(sorted(known))}"
        raise BadInput(msg)
    values: dict[str, Any] = dict(document)
    for name, table in _TABLES.items():
        if name in document:
            values[name] = _read(table, document[name], f"{path}: [{name}]")
    for name, table in _LISTS.items():
        if name in document:
            values[name] = tuple(_read(table, item, f"{path}: [[{name}]]") for item in document[name])
    for name in known - _TABLES.keys() - _LISTS.keys() & document.keys():
        if name in document and not isinstance(document[name], dict):
            msg = f"{path}: {name} is a table: [{name}]"
            raise BadInput(msg)
    folders = {name: _by_folder(values.get(name, {}), f"{path}: [{name}") for name in ("sources", "detectors")}
    return Settings(**values | folders)


def _by_folder(tables: Mapping[str, Any], where: str) -> dict[str, Mapping[str, Any]]:
    """By the names that folders bear; in the file a hyphen is as good as an underscore."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, table in tables.items():
        key = name.lower().replace("-", "_")
        if not isinstance(table, dict):
            msg = (
                f"{where}] {name} = {table!r}: {name} is a table, {where.rpartition(' ')[2]}.{name}] with its own keys"
            )
            raise BadInput(msg)
        if key in found:
            msg = f"{where}.{name}] is there twice, with a hyphen and with an underscore: keep one of them"
            raise BadInput(msg)
        found[key] = table
    return found


def _read(table: type[Any], values: Any, where: str) -> Any:
    if table is Engine and isinstance(values, str):
        return Engine(name=values)  # the short form
    if not isinstance(values, dict):
        msg = f"{where} is a table"
        raise BadInput(msg)
    known = {item.name: item for item in fields(table)}
    if unknown := values.keys() - known:
        msg = f"{where} has no key {min(unknown)!r}; there are {' '.join(known)}"
        raise BadInput(msg)
    read = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in read.items():
        declared = str(known[name].type).removesuffix(" | None")
        if isinstance(value, bool) or not isinstance(value, _TYPES[declared]):
            msg = f"{where} {name} = {value!r} should be {declared}"
            raise BadInput(msg)
    try:
        return table(**read)
    except TypeError as error:
        msg = f"{where}: {error}"
        raise BadInput(msg) from None
