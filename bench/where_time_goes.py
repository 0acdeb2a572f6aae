"""Where the time goes in the two benches that miss limits: ``python bench/where_time_goes.py ingest|detect [FOLDER]``.

``ingest``: the receiver's work on an alert step by step, alone in one thread; what the server takes beyond their sum is
HTTP and waiting for the disk. ``detect``: every query of the five detectors, on the whole history and
on kept days; FOLDER holds the history of ``bench/detect.py`` between runs.
"""

from __future__ import annotations

import inspect
import json
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import detect as detecting
import detect_history
import ibis.expr.types as ir
import ingest

from opsloop.config import Settings
from opsloop.config import Store as StoreSettings
from opsloop.detect import find
from opsloop.signals import Store
from opsloop.signals.hot import HotStore
from opsloop.signals.rows import row_of
from opsloop.sources import Delivery
from opsloop.sources.alertmanager import read_alert
from opsloop.web.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DELIVERIES = 2000
_NAME: Final = re.compile("[a-z_]+(?=[<=>])")
_OWNERS: Final = {"cache": ir.Table, "to_pyarrow": ir.Expr}
GROUPS = 16
"""Deliveries that are committed together: as many as the bench has connections."""


def ingest_steps() -> None:
    """Microseconds of processor time an alert, of each step."""
    dice = random.Random(11)
    bodies = [ingest.request(dice).partition(b"\r\n\r\n")[2] for _ in range(DELIVERIES)]
    with tempfile.TemporaryDirectory() as root:
        serving = Serving(Path(root))
        deliveries = [Delivery(headers={}, body=body, received_at=datetime.now(UTC)) for body in bodies]
        for delivery in deliveries[: DELIVERIES // 4]:
            serving.intake.read("alertmanager", delivery, local=True)  # fills what is cached between alerts
        timed = deliveries[DELIVERIES // 4 :]
        scrub = serving.intake._scrub  # noqa: SLF001 - a step of the intake, alone
        documents = _step("parse JSON", lambda: [one.object() for one in timed], len(timed))
        pairs = list(zip(timed, documents, strict=True))
        read = _step("read into signals", lambda: [_signals(*pair) for pair in pairs], len(timed))
        clean = _step("redact", lambda: [scrub(signals) for signals in read], len(timed))
        rows = _step("rows", lambda: [[_row(one) for one in signals] for signals in clean], len(timed))
        groups = [rows[first : first + GROUPS] for first in range(0, len(rows), GROUPS)]
        hot = HotStore(str(Path(root, "signals.sqlite")))
        _step("store, 16 deliveries a commit", lambda: [hot.append_groups(group) for group in groups], len(timed))


def _signals(delivery: Delivery, document: dict[str, Any]) -> list[Any]:
    return [read_alert(delivery, alert, "alertmanager") for alert in document["alerts"]]


def _row(signal: Any) -> Any:
    return row_of(signal, origin="webhook", received_at=1)


def _step(name: str, work: Callable[[], Any], deliveries: int) -> Any:
    began = time.process_time()
    done = work()
    print(f"{name:<32}{1e6 * (time.process_time() - began) / deliveries / ingest.ALERTS:8.1f} us an alert")
    return done


def detect_queries(folder: Path) -> None:
    """Seconds of each query, on the whole history and on kept days; and the columns that are read."""
    table = detecting.history(folder / "history-1", 1.0)
    scans = detecting.Scans(table)
    for _ in range(3):
        scans.turn()
    scan = scans.medians()[0]
    print(f"scan {scan:.2f} s")
    whole = partial(find, table, now=detecting.NOW, settings=Settings(), only=detecting.FIVE)
    _told("whole history", whole, scan)
    lake = folder / "store-1" / "lake"
    if not lake.exists():
        detect_history.sealed(folder / "history-1", lake)
    store = Store(lake.parent, StoreSettings(lake="lake"), lake.parent)
    detecting.found(store, detecting.NOW)
    _told("kept days", lambda: detecting.found(store, detecting.NOW), scan)
    print("\ncolumns read:", *sorted(_columns_read(whole, table.get_backend().con)))


def _told(what: str, work: Callable[[], Any], scan: float) -> None:
    """Add up what is computed by the function of ours that asks for it."""
    queries: dict[str, float] = defaultdict(float)

    def add(seconds: float) -> None:
        queries[_who_asks()] += seconds

    with _each_query(add):
        took = detecting.seconds(work)
    print(f"\n{what}: {took:.2f} s, {took / scan:.1f} x scan")
    for name, seconds in queries.items():
        print(f"  {name:<44}{seconds:7.2f} s")
    print(f"  {'building queries, making findings':<44}{took - sum(queries.values()):7.2f} s")


def _columns_read(work: Callable[[], Any], connection: Any) -> set[str]:
    """The columns of Parquet files that DuckDB says it reads."""
    columns: set[str] = set()

    def note(_: float) -> None:
        plans = [json.loads(profile.read_text())]
        while plans:
            plan = plans.pop()
            plans += plan["children"]
            told = plan.get("extra_info", {})
            if told.get("Function") == "READ_PARQUET":
                columns.update(_listed(told["Projections"]))
                columns.update(match[0] for one in _listed(told.get("Filters", [])) if (match := _NAME.match(one)))

    with tempfile.TemporaryDirectory() as temporary:
        profile = Path(temporary, "profile.json")
        connection.execute("SET enable_profiling = 'json'")
        connection.execute(f"SET profiling_output = '{profile}'")
        with _each_query(note):
            work()
        connection.execute("PRAGMA disable_profiling")
    return columns


def _listed(told: str | list[str]) -> list[str]:
    return [told] if isinstance(told, str) else told


@contextmanager
def _each_query(after: Callable[[float], None]) -> Iterator[None]:
    """Tells ``after`` of everything that Ibis is asked to compute, with its seconds."""
    asked = {name: getattr(owner, name) for name, owner in _OWNERS.items()}
    for name, ask in asked.items():
        setattr(_OWNERS[name], name, _followed(ask, after))
    try:
        yield
    finally:
        for name, ask in asked.items():
            setattr(_OWNERS[name], name, ask)


def _followed(ask: Callable[..., Any], after: Callable[[float], None]) -> Callable[..., Any]:
    def followed(expression: Any, *arguments: Any, **choices: Any) -> Any:
        began = time.perf_counter()
        answer = ask(expression, *arguments, **choices)
        after(time.perf_counter() - began)
        return answer

    return followed


def _who_asks() -> str:
    """The nearest relation, detector or function of ours that the query is for."""
    frame = inspect.currentframe()
    while frame is not None:
        module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if module == "opsloop.metrics.sharing":
            relation = frame.f_locals.get("relation") or getattr(frame.f_locals.get("self"), "relation", None)
            if relation is not None:
                return f"{relation.__module__.removeprefix('opsloop.')}.{relation.__name__}"
        elif function == "find_with":
            return f"detectors.{frame.f_locals['detector'].name}: findings"
        elif module.startswith(("opsloop.detectors", "opsloop.metrics")) and not function.startswith("<"):
            return f"{module.removeprefix('opsloop.')}.{function}"
        frame = frame.f_back
    return "which kinds of signals there are"


def main() -> None:
    what, *folder = sys.argv[1:]
    if what == "ingest":
        ingest_steps()
        return
    with tempfile.TemporaryDirectory() as temporary:
        detect_queries(Path(folder[0]) if folder else Path(temporary))


if __name__ == "__main__":
    main()
