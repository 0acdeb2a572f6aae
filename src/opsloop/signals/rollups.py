"""Roll-ups: relations of whole days, kept as files between runs.

A relation can be kept by day when its rows of one day follow from the signals of that day and of some days around
it. Then a later run needs only the days that changed since, however old they are; the others are read as they were
kept, and the result is the same. What is kept of a day:

    .opsloop/rollups/RELATION-DEFINITION/day=2026-01-31/STORED.parquet

DEFINITION is a digest of the relation's SQL and of DuckDB's version, STORED says which signals it was made of
(``Days.stamp``). So a file never has to be judged: its name is right, or it is not there. A late signal, a seal or a
compaction changes STORED, a release that defines the relation otherwise changes DEFINITION, and the file is made
anew. Files appear whole, and all of them may be deleted at any time.

A day is kept when it is over, and the days after it that count too; the others are computed from their signals.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import OutsideFailed
from opsloop.signals.days import day_of
from opsloop.signals.engines import literal
from opsloop.signals.listing import Vanished
from opsloop.signals.place import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from opsloop.signals.days import Days
    from opsloop.signals.table import Table

_DAYS_AT_ONCE: Final = 16
"""Days that are made together: a query for each would cost more than what it reads, all at once too much memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A relation of signals to be kept by day.

    ``on``: the column (a time or date) that tells a row's day. ``before``, ``after``: how many days around a day its
    rows may depend on. A ``small`` one is taken to memory.
    """

    name: str
    relation: Callable[[Table], Table]
    on: str = "at"
    before: int = 0
    after: int = 0
    small: bool = False


class Rollups:
    """The roll-ups in ``folder``, of the signals in ``days`` on an Ibis DuckDB; for one process at a time.

    ``today`` is the first day that is not over. A roll-up that cannot be read raises Vanished when a query comes to
    it; by then all have been deleted, so that whoever looks again finds none.
    """

    def __init__(self, backend: Any, days: Days, folder: Path, *, today: int) -> None:
        self._backend, self._days, self._folder, self._today = backend, days, folder, today
        self._found = False
        self._explain, backend.explain = backend.explain, self._explained

    def rows(self, kept: Kept, *, until: datetime | None = None) -> Table:
        """The relation of all signals (``until`` a moment): from files, which are made where they are missing, for
        the days that are over; for the others from their signals.
        """
        self._days.view("part", ())
        rows = kept.relation(self._backend.table("part"))
        sql = str(self._backend.compile(rows))
        files = Folder(self._folder / f"{kept.name}-{_definition(sql)}")
        wanted = {
            day: f"day={day_of(day)}/{self._days.stamp(day - kept.before, day + kept.after)}.parquet"
            for day in self._days.numbers
            if day + kept.after < self._today
        }
        there = set(files.paths())
        self._found |= bool(there)
        files.clear_drafts()
        missing = [day for day, path in wanted.items() if path not in there]
        for first in range(0, len(missing), _DAYS_AT_ONCE):
            self._make(kept, sql, files, {day: wanted[day] for day in missing[first : first + _DAYS_AT_ONCE]})
        for path in there.difference(wanted.values()):
            files.delete(path)
        for other in self._folder.glob(f"{kept.name}-*"):
            if other != files.base:
                shutil.rmtree(other, ignore_errors=True)
        parts = [self._live(kept, sql, files.base.name, until)]
        if wanted:
            addresses = ", ".join(literal(files.address(path)) for path in wanted.values())
            parts.append(f"FROM read_parquet([{addresses}], hive_partitioning = false)")
        what = "TEMP TABLE" if kept.small else "VIEW"
        self._run(f'CREATE OR REPLACE {what} "kept {files.base.name}" AS {" UNION ALL BY NAME ".join(parts)}')
        table: Table = self._backend.table(f"kept {files.base.name}").cast(rows.schema())
        return table

    def _live(self, kept: Kept, sql: str, name: str, until: datetime | None) -> str:
        """A query for the rows of the days that are not over."""
        first = self._today - kept.after
        self._days.view("part", [day for day in self._days.numbers if day >= first - kept.before], until=until)
        since = f"""CAST("{kept.on}" AS DATE) >= '{day_of(first)}'"""
        self._run(f'CREATE OR REPLACE TEMP TABLE "live {name}" AS FROM ({sql}) WHERE {since}')
        return f'FROM "live {name}"'

    def _make(self, kept: Kept, sql: str, files: Folder, paths: Mapping[int, str]) -> None:
        """Files of some days. Signals of more days than a day needs are no harm: its rows don't depend on them."""
        self._days.view(
            "part", sorted({near for day in paths for near in range(day - kept.before, day + kept.after + 1)})
        )
        day_of_row = f'CAST("{kept.on}" AS DATE) AS of_day'
        self._run(f"CREATE OR REPLACE TEMP TABLE made AS SELECT *, {day_of_row} FROM ({sql})")  # noqa: S608
        for day, path in paths.items():
            self._write(files, path, f"SELECT * EXCLUDE (of_day) FROM made WHERE of_day = '{day_of(day)}'")  # noqa: S608
        self._run("DROP TABLE made")

    def _write(self, files: Folder, path: str, sql: str) -> None:
        import pyarrow.parquet as pq

        reader = self._run(sql).to_arrow_reader()
        try:
            with files.create(path) as file, pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)
        except OSError as error:
            message = f"{files.base / path} cannot be written ({error}); free some space, or delete {self._folder}"
            raise OutsideFailed(message) from error

    def _run(self, sql: str) -> Any:
        import duckdb

        try:
            return self._backend.con.execute(sql)
        except duckdb.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> OutsideFailed:
        import duckdb

        doubtful = self._found and type(error) is duckdb.Error  # damaged bytes, of this or that file
        if not doubtful and str(self._folder) not in str(error):
            told: OutsideFailed = self._explain(error)
            return told
        shutil.rmtree(self._folder, ignore_errors=True)
        return Vanished(f"a roll-up could not be read ({error}); all are made anew")


def _definition(sql: str) -> str:
    import duckdb

    return sha256(f"{duckdb.__version__} {sql}".encode()).hexdigest()[:16]
