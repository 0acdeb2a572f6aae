"""The signal store: what happened, immutable, each event once.

    hot.py    what arrived lately: SQLite, standard library only (the hook imports it)
    lake.py   what was sealed: Parquet by day, in a folder or an object store
    store.py  both behind one door: append, read, seal
    table.py  both as one Ibis table, for detectors and metrics

Nothing is imported before it is asked for, so that ``opsloop.signals.hot`` stays as cheap as sqlite3.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsloop.signals.store import Appended, Store

__all__ = ["Appended", "Store"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from opsloop.signals import store

        return getattr(store, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
