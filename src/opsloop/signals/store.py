"""One door to the signals of a project, hot and sealed."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from opsloop.errors import OutsideFailed, StoreFull
from opsloop.signals.hot import HotStore
from opsloop.signals.place import Place, place_of
from opsloop.signals.rows import microseconds, row_of, signal_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsloop.config import Store as StoreSettings
    from opsloop.model import Signal
    from opsloop.signals.compaction import Compacted
    from opsloop.signals.lake import Sealed

FILE_NAME: Final = "signals.sqlite"
_FOREVER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What became of a delivery's signals: stored now, or known already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which signals to read; None means all. ``after``: (at, id) of the last one of the page before."""

    kind: str | None = None
    source: str | None = None
    service: str | None = None
    since: datetime | None = None
    after: tuple[datetime, str] | None = None
    ids: tuple[str, ...] | None = None

    def sql(self) -> tuple[str, list[object]]:
        """The condition over the hot tier's columns, and its values."""
        terms, values = [], list[object]()
        for name in ("kind", "service"):
            if (wanted := getattr(self, name)) is not None:
                terms.append(f"{name} = ?")
                values.append(wanted)
        if self.source is not None:
            terms.append("replace(source, '-', '_') = ?")
            values.append(self.source.replace("-", "_"))
        if self.since is not None:
            terms.append('"at" >= ?')
            values.append(microseconds(self.since))
        if self.after is not None:
            terms.append('("at", id) > (?, ?)')
            values += [microseconds(self.after[0]), self.after[1]]
        if self.ids is not None:
            terms.append(f"id IN ({', '.join('?' * len(self.ids))})" if self.ids else "FALSE")
            values += self.ids
        return " AND ".join(terms), values


class Store:
    """The signals under ``state``; ``settings`` says where the lake is (relative to ``root``). Reading makes none."""

    def __init__(self, state: Path, settings: StoreSettings, root: Path) -> None:
        self.state = state
        self.settings = settings
        self.hot = HotStore(str(state / FILE_NAME))
        self._root = root

    @property
    def place(self) -> Place:
        """Where sealed signals are."""
        return place_of(self.settings.lake, self._root)

    def append(self, signals: Sequence[Signal], *, origin: str, now: datetime) -> Appended:
        """Store what is new; on disk when it returns. Raises StoreFull or OutsideFailed when nothing was stored."""
        received_at = microseconds(now)
        with disk_errors(self.hot.path):
            accepted = self.hot.append([row_of(signal, origin=origin, received_at=received_at) for signal in signals])
        return Appended(accepted=accepted, duplicates=len(signals) - accepted)

    def read(  # the filters are the contract's
        self,
        *,
        kind: str | None = None,
        source: str | None = None,
        service: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int | None = None,
    ) -> list[Signal]:
        """What is stored and fits, oldest first (by time, then id)."""
        wanted = Filter(kind=kind, source=source, service=service, since=since, after=after)
        return self._read(wanted, f" LIMIT {limit:d}" if limit is not None else "")

    def named(self, ids: Sequence[str]) -> list[Signal]:
        """The signals of these ids that are stored, oldest first."""
        return self._read(Filter(ids=tuple(ids)))

    def _read(self, wanted: Filter, limit: str = "") -> list[Signal]:
        from opsloop.signals.listing import steadily

        where, values = wanted.sql()
        with disk_errors(self.hot.path):
            return steadily(lambda: self._look((where, values, f'ORDER BY "at", id{limit}')))

    def _look(self, query: tuple[str, Sequence[object], str]) -> list[Signal]:
        from opsloop.signals.listing import listing

        where, values, tail = query
        place = self.place
        with self.hot.snapshot() as snapshot:
            sealed = listing(place, self.hot, snapshot)
            fresh = snapshot.rows(where, values, tail=tail)
            if not sealed.paths:
                return [signal_of(row) for row in fresh]
            from opsloop.signals.engines import duckdb_rows

            return [signal_of(row) for row in duckdb_rows(place, sealed, fresh, query)]

    def seal(self, now: datetime, *, older_than: timedelta | None = None) -> Sealed:
        """Move signals to the lake: all, or those received longer ago than ``older_than``; then apply retention.

        One process seals at a time, a second one waits.
        """
        from opsloop.signals import lake

        if not (self.state / FILE_NAME).exists():
            return lake.Sealed(rows=0, files=())
        before = _FOREVER if older_than is None else microseconds(now - older_than)
        with self._sealing():
            sealed = lake.seal(self.hot, self.place, received_before=before, now=now.astimezone(UTC))
            if self.settings.retention_days:
                since = now.astimezone(UTC) - timedelta(days=self.settings.retention_days)
                lake.retain(self.hot, self.place, since=since)
        return sealed

    def compact(self, now: datetime, *, min_files: int = 2, only_own: bool = False) -> Compacted:
        """Merge the lake's small files, of all stores or of this one; delete what was replaced long enough ago.

        ``min_files``: how many files of a day and store are worth a merge. No seal of this store runs meanwhile, and
        one that was cut off is finished first.
        """
        from opsloop.signals import lake
        from opsloop.signals.compaction import Compaction

        now, place = now.astimezone(UTC), self.place
        with self._sealing():
            if (self.state / FILE_NAME).exists():
                lake.seal(self.hot, place, received_before=-_FOREVER, now=now)
            with self.hot.snapshot() as snapshot:
                maker = snapshot.store or secrets.token_hex(6)
            keep = timedelta(hours=self.settings.keep_replaced_hours)
            compaction = Compaction(maker=maker, now=now, keep=keep, min_files=min_files, only_own=only_own)
            return compaction.run(place)

    @contextmanager
    def _sealing(self) -> Iterator[None]:
        from filelock import FileLock

        self.state.mkdir(parents=True, exist_ok=True)
        with FileLock(self.state / "seal.lock"), disk_errors(self.hot.path):
            yield


@contextmanager
def disk_errors(path: str) -> Iterator[None]:
    """Say in one line what SQLite or the disk could not do."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
        reason = str(error)
        if "is full" in reason or "No space left" in reason:
            message = f"no space left for {path}; nothing of this was stored, free some and send it again"
            raise StoreFull(message) from error
        message = f"{path}: {reason}; nothing of this was stored"
        raise OutsideFailed(message) from error
