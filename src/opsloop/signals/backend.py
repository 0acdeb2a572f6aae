"""Ibis' DuckDB, which says in one line what is wrong with a file of the lake: files are opened when a query runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
from ibis import options
from ibis.backends.duckdb import Backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsloop.errors import OpsloopError

options.sql.fuse_selects = False
"""The engine merges selects by itself; that ibis does it first was a tenth of a detection's time."""


class LakeBackend(Backend):
    """``explain`` makes the error of this project from one of DuckDB about a file."""

    explain: Callable[[Exception], OpsloopError]

    def to_pyarrow(self, *words: Any, **more: Any) -> Any:
        """Run the query."""
        with self._told():
            return super().to_pyarrow(*words, **more)

    def execute(self, *words: Any, **more: Any) -> Any:
        """Run the query."""
        with self._told():
            return super().execute(*words, **more)

    def create_table(self, *words: Any, **more: Any) -> Any:
        """Keep a query's rows."""
        with self._told():
            return super().create_table(*words, **more)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            nameless = type(error) is duckdb.Error  # what the reader of damaged bytes throws
            explained = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
            if explained or nameless or ".parquet" in str(error):
                raise self.explain(error) from error
            raise
