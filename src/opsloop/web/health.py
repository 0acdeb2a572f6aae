"""Is it alive, is it ready, how is it doing: what an operator's tools ask of the server itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from opsloop.signals.store import disk_errors
from opsloop.web.answers import Json
from opsloop.web.guard import require

if TYPE_CHECKING:
    from starlette.requests import Request

    from opsloop.web.serving import Serving

_EXPOSITION: Final = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(request: Request) -> Response:
    """The process runs and answers."""
    _ = request
    return Json({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The store can be written; raises StoreFull or OutsideFailed when not."""
    serving: Serving = request.app.state.serving
    await run_in_threadpool(_touch, serving)
    return Json({"status": "ready", "waiting_signals": serving.writer.waiting_rows})


async def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    require(request, "read")
    serving: Serving = request.app.state.serving
    gauges = await run_in_threadpool(_gauges, serving)
    return PlainTextResponse(serving.counters.text(gauges), media_type=_EXPOSITION)


def _touch(serving: Serving) -> None:
    """A real write beside the store's file: a full or read-only disk shows here, before a delivery finds out."""
    probe = serving.ws.state / f".ready.{os.getpid()}"
    with disk_errors(str(probe)):
        probe.write_bytes(b"\0" * 4096)
        probe.unlink(missing_ok=True)  # another request, at the same time, may have been quicker


def _gauges(serving: Serving) -> dict[str, float]:
    path = Path(serving.ws.store.hot.path)
    files = [file for file in (path, path.with_name(path.name + "-wal")) if file.exists()]
    with serving.ws.store.hot.snapshot() as snapshot:
        hot = snapshot.count()
    return {
        "opsloop_waiting_signals": serving.writer.waiting_rows,
        "opsloop_store_bytes": sum(file.stat().st_size for file in files),
        "opsloop_hot_signals": hot,
    }


routes: Final = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
