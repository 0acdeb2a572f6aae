"""Ibis' Spark, which keeps relations so that queries over them stay small.

A cached relation still carries the plan that made it, and Spark writes out all plans within a plan, again with each
step of a query: of relations made of relations of relations that was most of the time, and then all of the driver's
memory. A checkpoint is rows and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibis.backends.pyspark import Backend
from pyspark import StorageLevel

if TYPE_CHECKING:
    from opsloop.signals.table import Table


class SparkBackend(Backend):
    """Rows are kept on two executors, for without its plan a relation that is lost cannot be made again."""

    def _create_cached_table(self, name: str, expr: Table) -> Any:
        rows = self._session.sql(self.compile(expr))
        rows.localCheckpoint(storageLevel=StorageLevel.MEMORY_AND_DISK_2).createTempView(name)
        return self.table(name)

    def _drop_cached_table(self, name: str) -> None:
        self._session.catalog.dropTempView(name)


SparkBackend.register_options()
