"""The signals on Spark: a standalone cluster (``spark://host:port``), or threads of this process (``spark-local[N]``).

Spark's own settings (memory, packages, ``spark.sql.shuffle.partitions``) stay where Spark looks for them: in the
``spark-defaults.conf`` of ``SPARK_CONF_DIR``. Workers must be able to read the lake under the same address.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, MissingExtra, OutsideFailed
from opsloop.signals.arrow import SCHEMA, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsloop.signals.hot import Row
    from opsloop.signals.place import Place

LOCAL: Final = "spark-local["
CLUSTER: Final = "spark://"
_REACH_S: Final = 10.0
_PATIENCE: Final = "spark.scheduler.maxRegisteredResourcesWaitingTime"
_LOOK_EVERY_S: Final = 0.1
_DRIVER_AND_ONE: Final = 2
_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",  # fewer files are looked up faster without a job
}


def views(url: str, place: Place, paths: Sequence[str], fresh: Iterable[Row]) -> tuple[Any, list[str]]:
    """A session of its own with the hot rows as view ``fresh`` and the files as view ``sealed``; which of them exist.

    Raises MissingExtra without pyspark, OutsideFailed without Java, a cluster, or a lake that Spark can read.
    """
    import pyarrow as pa

    session = _session(url)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    rows = pa.concat_tables([SCHEMA.empty_table(), *tables(fresh)])
    session.createDataFrame(rows, schema=_schema()).createOrReplaceTempView("fresh")
    if not paths:
        return session, ["fresh"]
    addresses = [place.address(path).replace("s3://", "s3a://", 1) for path in paths]
    try:
        session.read.schema(_schema()).parquet(*addresses).createOrReplaceTempView("sealed")
    except (PySparkException, Py4JError) as error:
        reason = str(error).strip().splitlines()[0]
        raise OutsideFailed(
            f"Spark cannot read the lake ({reason}); see 'Spark' in docs/how-to/scale.md on what it needs"
        ) from error
    return session, ["fresh", "sealed"]


def _session(url: str) -> Any:
    """A new session on the one connection to Spark that a process can have."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtra("spark", f"the engine {url}") from None
    master = url.replace("spark-local", "local", 1)
    if SparkSession.getActiveSession() is None:
        _check_java(url)
        if url.startswith(CLUSTER):
            _check_master(url)
    builder = SparkSession.builder.master(master).appName("opsloop").config("spark.ui.showConsoleProgress", "false")
    session = builder.getOrCreate()
    if session.sparkContext.master != master:  # what Spark gives out silently where there is one already
        message = f"this process works on Spark at {session.sparkContext.master} already and cannot use {url} too"
        raise OutsideFailed(message)
    session.sparkContext.setLogLevel("ERROR")
    if url.startswith(CLUSTER):
        _check_executor(url, session.sparkContext)
    own = session.newSession()
    for name, value in _SETTINGS.items():
        own.conf.set(name, value)
    return own


def _check_java(url: str) -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") if home is None else (Path(home) / "bin" / "java").exists()):
        where = "no java on PATH" if home is None else f"no bin/java in JAVA_HOME={home}"
        message = f"the engine {url} needs Java 17 or later ({where}); install a JRE, or set JAVA_HOME"
        raise OutsideFailed(message)


def _check_master(url: str) -> None:
    """Spark itself would try for a minute and then say it in a hundred lines; of several masters one is enough."""
    failed = ""
    for master in url.removeprefix(CLUSTER).split(","):
        host, _, port = master.rpartition(":")
        if not (host and port.isdigit()):
            message = f"engine {url!r} is not of the form spark://host:port"
            raise BadInput(message)
        try:
            socket.create_connection((host, int(port)), timeout=_REACH_S).close()
        except OSError as error:
            failed = str(error)
        else:
            return
    message = f"no Spark master answers at {url} ({failed}); start it, or choose the engine duckdb"
    raise OutsideFailed(message)


def _check_executor(url: str, context: Any) -> None:
    """Wait for a worker as long as Spark does before it schedules; then it would wait for ever, and say nothing."""
    spark = context._jsc.sc()  # noqa: SLF001 - Python's side does not know its executors
    if spark.conf().getBoolean("spark.dynamicAllocation.enabled", False):
        return
    patience_s = spark.conf().getTimeAsSeconds(_PATIENCE, "30s")
    ends = time.monotonic() + patience_s
    while spark.getExecutorMemoryStatus().size() < _DRIVER_AND_ONE:
        if time.monotonic() > ends:
            message = f"the Spark cluster at {url} has no worker free ({patience_s} s waited); add one, or ask for less"
            raise OutsideFailed(message)
        time.sleep(_LOOK_EVERY_S)


def _schema() -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(SCHEMA, prefer_timestamp_ntz=True)
