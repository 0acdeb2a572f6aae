"""Which signals are occurrences of an entry's pattern.

The detectors say so themselves (``occurrences`` in their folders): every single one, whether or not it would be found
again today. An entry that no detector knows, because a hand wrote it, is read by what it names: incidents of its
pattern key, else episodes of its related alerts, else what else has that name, else the incidents of its service
(those that name no pattern, where the entry names one).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from opsloop import detectors
from opsloop.metrics.episodes import episodes
from opsloop.metrics.relations import incidents, known

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsloop.config import Settings
    from opsloop.model import Entry
    from opsloop.signals.table import Table

_PUNCTUATION: Final = re.compile(r"[\W_]+")
NAMED_KINDS: Final = ("remediation", "command")
MEASURED_KINDS: Final = ("sample", "sli")
"""Most of all signals, and never an occurrence: no detector of theirs has ``occurrences``."""


class Sign(NamedTuple):
    """What the signal of an occurrence says of itself; many occurrences share one."""

    kind: str | None
    source: str | None
    origin: str | None
    name: str | None
    service: str | None


class Occurrence(NamedTuple):
    """One time that it happened: when, and the signal that shows it. ``duration_s`` is that signal's."""

    at: datetime
    id: str
    service: str | None
    sign: Sign
    duration_s: float | None


_Found = Mapping[str, Mapping[str | None, list[Occurrence]]]
"""By key and service."""


class Occurrences:
    """The occurrences of every pattern in ``signals`` up to ``now``; computed a source at a time, when first asked."""

    def __init__(self, signals: Table, *, now: datetime, settings: Settings) -> None:
        self._signals = known(signals, now)
        self._now = now
        self._settings = settings
        self._found: dict[str, _Found] = {}
        self._signs: dict[Sign, Sign] = {}

    def of(self, entry: Entry) -> list[Occurrence]:
        """In order of time, each once; limited to the entry's services where it names any."""
        services = services_of(entry)
        for source, key in _sources(entry) if self._kinds else ():
            found = self._of_source(source).get(key, {})
            mine = {one.id: one for service in services or found for one in found.get(service, ())}
            if mine:
                return sorted(mine.values())
        return []

    @cached_property
    def _kinds(self) -> frozenset[str]:
        """The kinds of signals that there are; a detector that reads none of them need not be asked."""
        return frozenset(row["kind"] for row in self._signals.select("kind").distinct().to_pyarrow().to_pylist())

    def _of_source(self, name: str) -> _Found:
        if name not in self._found:
            rows = self._detected(name) if name in detectors.names() else _NAMED[name](self._signals)
            self._found[name] = {} if rows is None else self._by_key(rows)
        return self._found[name]

    def _by_key(self, rows: Table) -> _Found:
        """Occurrences with what their signals say, in one query."""
        rows = rows.filter(rows.pattern_key.notnull() & rows["at"].notnull())
        rows = rows.select("pattern_key", "id", "at", where="service")
        shown = self._signals.filter(self._signals.kind.notin(MEASURED_KINDS))
        rows = rows.left_join(shown.select("id", *Sign._fields, "duration_s"), "id")
        found: dict[str, dict[str | None, list[Occurrence]]] = defaultdict(lambda: defaultdict(list))
        columns = ("pattern_key", "id", "at", "where", "duration_s", *Sign._fields)
        table = rows.select(*columns).to_pyarrow()
        for key, name, at, where, lasted, *says in zip(*(table[one].to_pylist() for one in columns), strict=True):
            sign = Sign(*says)
            sign = self._signs.setdefault(sign, sign)
            found[key][where or None].append(Occurrence(at.replace(tzinfo=UTC), name, where or None, sign, lasted))
        for key, of_services in list(found.items()):
            for service, ones in of_services.items():
                found[_loosely(key)][service] += ones
        return found

    def _detected(self, name: str) -> Table | None:
        detector = detectors.load(name)
        if detector.occurrences is None or not detector.rule.reads & self._kinds:
            return None
        return detector.occurrences(self._signals, now=self._now, settings=self._settings)


def services_of(entry: Entry) -> frozenset[str]:
    """Every service that the entry names."""
    named = (entry.metadata.get(label, "") for label in ("Service", "Services Affected"))
    return frozenset(name.strip() for text in named for name in text.split(",") if name.strip())


def alerts_of(entry: Entry) -> list[str]:
    """The monitors that the entry names."""
    return [name.strip() for name in entry.metadata.get("Related Alerts", "").split(",") if name.strip()]


def _sources(entry: Entry) -> Sequence[tuple[str, str]]:
    """Where to look, in order, and by which key."""
    key = (entry.pattern_key or "").lower()
    tried = []
    alike: list[str] = []
    if key:
        wrote = [name.strip() for name in entry.metadata.get("Detector", "").split(",")]
        first = [name for name in wrote if name in detectors.names()]
        tried += [(name, key) for name in first]
        tried += [("pattern of incidents", key), ("pattern of incidents", key.partition(".")[2])]
        category = key.partition(".")[0]
        alike = _of_category(category)
        tried += [(name, key) for name in alike if name not in first]
    tried += [("monitor", name) for name in alerts_of(entry)]
    if key:
        tried += [("name", key), ("name", key.partition(".")[2])]
        tried += [(name, _loosely(key)) for name in (*alike, "monitor", "name")]
    services = sorted(services_of(entry))
    if key.startswith("incident_pattern."):
        tried += [("nameless incidents of a service", service) for service in services]
    elif not key and entry.kind == "issue":
        tried += [("incidents of a service", service) for service in services]
    return tried


@cache
def _of_category(category: str) -> list[str]:
    return [name for name in detectors.names() if detectors.load(name).rule.category == category]


def _loosely(key: str) -> str:
    """A key without its category and its punctuation: ``PoolSaturated`` is how a hand may write pool-saturated."""
    return "~" + _PUNCTUATION.sub("", key.partition(".")[2].lower() or key.lower())


def _pattern_of_incidents(signals: Table) -> Table:
    rows = incidents(signals)
    rows = rows.filter(rows.pattern_key.notnull() & rows.began_at.notnull())
    return rows.mutate(pattern_key=rows.pattern_key.lower(), id=rows.first_id, at=rows.began_at)


def _nameless_incidents_of_a_service(signals: Table) -> Table:
    rows = incidents(signals)
    rows = rows.filter(rows.began_at.notnull() & rows.pattern_key.isnull())
    return rows.mutate(pattern_key=rows.service, id=rows.first_id, at=rows.began_at)


def _incidents_of_a_service(signals: Table) -> Table:
    rows = incidents(signals)
    rows = rows.filter(rows.began_at.notnull())
    return rows.mutate(pattern_key=rows.service, id=rows.first_id, at=rows.began_at)


def _monitor(signals: Table) -> Table:
    rows = episodes(signals)
    return rows.mutate(pattern_key=rows.name, id=rows.first_id, at=rows.started_at)


def _name(signals: Table) -> Table:
    from opsloop.detectors.pattern import with_slug

    rows = with_slug(signals.filter(signals.kind.isin(NAMED_KINDS)), "name", name="slug")
    return rows.mutate(pattern_key=rows.name.lower()).union(rows.mutate(pattern_key=rows.slug))


_NAMED: Final[Mapping[str, Any]] = {
    "pattern of incidents": _pattern_of_incidents,
    "nameless incidents of a service": _nameless_incidents_of_a_service,
    "incidents of a service": _incidents_of_a_service,
    "monitor": _monitor,
    "name": _name,
}
