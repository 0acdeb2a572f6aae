"""A real Spark standalone cluster on loopback: a master and two workers, each a process, from the pyspark package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from processes import Process, free_port, wait_until

WORKERS = 2
DEFAULTS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "768m",
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.ui.enabled": "false",
    "spark.scheduler.maxRegisteredResourcesWaitingTime": "20s",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""Small, for a small history; Spark reads it from spark-defaults.conf, as an operator would write it."""


def write_defaults(folder: Path) -> None:
    """DEFAULTS where Spark looks for them, when SPARK_CONF_DIR is ``folder``."""
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in DEFAULTS.items()))


@contextmanager
def spark_cluster(folder: Path, *, workers: int = WORKERS) -> Iterator[str]:
    """Start it, with SPARK_CONF_DIR set for this process; yields its ``spark://`` URL. The session ends with it."""
    import pyspark

    home = Path(pyspark.__file__).parent
    write_defaults(folder)
    env = {
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_WORKER_DIR": str(folder / "work"),
    }
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    run = [str(home / "bin" / "spark-class")]
    master = [*run, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
    worker = [*run, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "600m"]
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_CONF_DIR", str(folder))
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        log = folder / "master.log"
        stack.enter_context(Process([*master, "--webui-port", "0"], log, env))
        wait_until(lambda: "New state: ALIVE" in log.read_text(), within_s=60, what="a Spark master")
        for number in range(workers):
            words = [*worker, "--webui-port", "0", url]
            stack.enter_context(Process(words, folder / f"worker{number}.log", env))
        wait_until(
            lambda: len(re.findall("Registering worker", log.read_text())) == workers,
            within_s=60,
            what="the Spark workers",
        )
        stack.callback(_stop)
        yield url


def _stop() -> None:
    from pyspark.sql import SparkSession

    if running := SparkSession.getActiveSession():
        running.stop()
