"""Who evaluates the table: DuckDB inside this process, or a Spark cluster. Both are given the same files and rows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opsloop.config import Engine
from opsloop.errors import BadInput, OutsideFailed
from opsloop.signals.arrow import AS_SCHEMA, GROUP_ROWS, SCHEMA, raw
from opsloop.signals.hot import COLUMNS
from opsloop.signals.listing import Listing, Vanished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsloop.signals.hot import Row
    from opsloop.signals.place import Place

NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
DUCKDB: Final = Engine()
_ONE_PER_ID: Final = f"""
    SELECT {NAMES} FROM (
        SELECT {NAMES}, row_number() OVER (PARTITION BY id ORDER BY received_at, origin) AS turn FROM ({{union}}) AS u
    ) AS t WHERE turn = 1
"""  # noqa: S608
_AS_ROW: Final = {
    "at": 'epoch_us("at") AS "at"',
    "received_at": 'epoch_us("received_at") AS "received_at"',
    "attrs": 'CAST(to_json("attrs") AS VARCHAR) AS "attrs"',
}
_ROW: Final = ", ".join(_AS_ROW.get(name, f'"{name}"') for name in COLUMNS)


def duckdb_table(engine: Engine, place: Place, sealed: Listing, fresh: Iterable[Row]) -> Any:
    """An Ibis table on a DuckDB of its own; hot rows go over in batches and spill to disk where they are many."""
    from opsloop.signals.backend import LakeBackend

    backend: Any = LakeBackend().connect()  # type: ignore[no-untyped-call]  # ibis ships no types
    backend.explain = lambda error: _unreadable(error, place, sealed.paths)
    backend.con.execute(f"SET memory_limit = '{engine.memory_mb}MiB'; SET preserve_insertion_order = false")
    _load_duckdb(backend.con, place, sealed, fresh)
    return backend.table("signals")


def duckdb_rows(
    place: Place, sealed: Listing, fresh: Iterable[Row], query: tuple[str, Sequence[object], str]
) -> list[Row]:
    """Rows of both tiers that fit a condition over COLUMNS: SQL, its values, and an ORDER BY or LIMIT."""
    import duckdb

    where, values, tail = query
    sql = f"SELECT * FROM (SELECT {_ROW} FROM signals) AS rows {'WHERE ' + where if where else ''} {tail}"  # noqa: S608
    with duckdb.connect() as connection:
        _load_duckdb(connection, place, sealed, fresh)
        try:
            rows: list[Row] = connection.execute(sql, list(values)).fetchall()
        except duckdb.Error as error:
            raise _unreadable(error, place, sealed.paths) from error
    return rows


def sealed_rows(place: Place, paths: Sequence[str]) -> Iterator[Any]:
    """The rows of some files of the lake, each id once, oldest first, as Arrow tables of SCHEMA.

    Raises OutsideFailed where a file cannot be read.
    """
    import duckdb
    import pyarrow as pa

    with duckdb.connect() as connection:
        _load_duckdb(connection, place, Listing(paths=tuple(paths), disjoint=False), ())
        try:
            reader = connection.execute('SELECT * FROM signals ORDER BY "at", id').to_arrow_reader(GROUP_ROWS)
            for batch in reader:
                yield pa.Table.from_batches([batch]).cast(SCHEMA)
        except (duckdb.Error, pa.ArrowException) as error:
            raise _unreadable(error, place, paths) from error


def _load_duckdb(connection: Any, place: Place, sealed: Listing, fresh: Iterable[Row]) -> None:
    import duckdb

    connection.execute("SET parquet_metadata_cache = true")  # files never change under their name
    spill = str(Path(tempfile.gettempdir()) / f"opsloop-{os.getpid()}")
    connection.execute(f"SET temp_directory = {literal(spill)}")  # used, and made, only when memory is short
    if place.filesystem is not None:
        connection.register_filesystem(place.filesystem)
    connection.register("incoming", raw(fresh))
    connection.execute(f"CREATE TABLE fresh AS SELECT {AS_SCHEMA} FROM incoming")  # noqa: S608
    connection.unregister("incoming")
    parts = [f"SELECT {NAMES} FROM fresh"]  # noqa: S608
    if sealed.paths:
        addresses = ", ".join(literal(place.address(path)) for path in sealed.paths)
        parts.append(f"SELECT {NAMES} FROM read_parquet([{addresses}], hive_partitioning = false)")  # noqa: S608
    try:
        connection.execute(f"CREATE VIEW signals AS {_union(parts, sealed)}")
    except duckdb.Error as error:
        raise _unreadable(error, place, sealed.paths) from error


def spark_table(url: str, place: Place, sealed: Listing, fresh: Iterable[Row]) -> Any:
    """An Ibis table on a Spark session of its own; see ``opsloop.signals.spark`` for what it raises."""
    from opsloop.signals.spark import views

    session, names = views(url, place, sealed.paths, fresh)
    from opsloop.signals.spark_backend import SparkBackend  # pyspark is there

    parts = [f"SELECT {NAMES} FROM {name}" for name in names]  # noqa: S608
    session.sql(_union(parts, sealed).replace('"', "`")).createOrReplaceTempView("signals")
    backend: Any = SparkBackend().connect(session)  # type: ignore[no-untyped-call]  # ibis ships no types
    return backend.table("signals")


def engine_table(engine: Engine, place: Place, sealed: Listing, fresh: Iterable[Row]) -> Any:
    """The table on that engine; raises BadInput for one that does not exist."""
    if engine.is_duckdb:
        return duckdb_table(engine, place, sealed, fresh)
    if engine.address.startswith(("spark://", "spark-local[")):
        return spark_table(engine.address, place, sealed, fresh)
    if engine.address == "spark":
        message = "the engine spark needs its address: [engine] url = 'spark://host:port' in opsloop.toml"
        raise BadInput(message)
    message = f"no engine {engine.address!r}; there are duckdb, spark://host:port and spark-local[N]"
    raise BadInput(message)


def _union(parts: Sequence[str], sealed: Listing) -> str:
    """Both tiers; one row an id where an id may be in two places: the first receipt counts."""
    union = " UNION ALL ".join(parts)
    return union if sealed.disjoint else _ONE_PER_ID.format(union=union)


def _unreadable(error: Exception, place: Place, paths: Sequence[str]) -> OutsideFailed:
    import duckdb

    reason = str(error).splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return OutsideFailed(f"the query needs more memory ({reason}); raise [engine] memory_mb in opsloop.toml")
    if set(paths) - set(place.paths()):
        return Vanished(f"files of the lake were replaced while they were read ({reason}); run it again")
    return OutsideFailed(
        f"a file of the lake cannot be read ({reason}); restore it, or move it away to go on without it"
    )


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
