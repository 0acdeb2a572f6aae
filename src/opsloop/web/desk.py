"""What a page asks: verbs' documents, kept while the data stands still."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opsloop.web.results import NotYet, stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsloop.metrics.scope import By
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.results import Results

T = TypeVar("T")
Document = dict[str, Any]
PATIENCE_S: Final = 3.0
"""How long the first visit of a page may wait; then it says that it is being computed."""


class Desk:
    """One request's view: a Workspace at this moment, what the visitor asked for, and the kept results."""

    def __init__(self, ws: Workspace, results: Results, query: Mapping[str, str], *, current: bool = False) -> None:
        """``current``: nothing that is kept may be older than the data."""
        self.ws = ws
        self._current = current
        self.query = query
        self._results = results
        self._stamp = stamp_of(ws)

    @property
    def stamp(self) -> str:
        """Changes when the data does."""
        return format(hash(self._stamp) & 0xFFFFFFFF, "08x")

    def kept(self, key: str, compute: Callable[[Workspace], Document]) -> Document:
        """``compute(ws)`` as of the data's last change, or of the one before."""
        return self._results.get(key, self._stamp, lambda: compute(self.ws), fresh=self._current)

    def of_journal(self, key: str, compute: Callable[[Workspace], T]) -> T:
        """``compute(ws)``, which reads the learnings only, as they are now."""
        files = tuple(one for one in self._stamp if one[0].endswith((".md", ".toml")))
        return self._results.get(key, files, lambda: compute(self.ws), fresh=True)

    def page(self, key: str, values: Callable[[Desk], Document]) -> Document:
        """All that a page shows, computed in the background; raises NotYet when the first time takes long."""

        def compute() -> Document:
            return values(Desk(self.ws.anew(), self._results, self.query, current=True))

        return self._results.soon(key, self._stamp, compute, patience_s=PATIENCE_S)

    def soon(self, key: str, compute: Callable[[Workspace], Document], patience_s: float) -> Document | None:
        """``compute(ws)`` in the background, or None where it takes longer than ``patience_s`` the first time."""
        try:
            return self._results.soon(key, self._stamp, lambda: compute(self.ws.anew()), patience_s=patience_s)
        except NotYet:
            return None

    def ready(self, key: str, ask: Callable[[], Document]) -> Document | None:
        """``ask()`` (which keeps its document under ``key``) where that is at hand; else None, and it is begun."""
        return ask() if self._results.ready(key, ask) else None

    def metrics(self, family: str, *, days: int, by: By | None = None) -> Document:
        """One family of metrics over the last ``days`` days, as the command prints it."""
        from opsloop.verbs.metrics import metrics

        start = self.ws.now - timedelta(days=days)
        return self.kept(
            f"metrics {family} {days} {by}", lambda ws: metrics(ws, family, start=start, end=ws.now, by=by)
        )
