"""The JSON API under ``/v1``: verbs' documents over HTTP, with the same names and meanings as on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from opsloop.errors import BadInput
from opsloop.verbs.coverage import coverage
from opsloop.verbs.runs import runs
from opsloop.verbs.signals import signals
from opsloop.verbs.workspace import Workspace
from opsloop.web.answers import Json
from opsloop.web.guard import require
from opsloop.web.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE: Final = 100
_LONGEST_PAGE: Final = 1000
_FILTERS: Final = frozenset({"kind", "source", "service", "since", "limit", "cursor"})


async def list_signals(request: Request) -> Response:
    """A page of what is stored, oldest first; ``next_cursor`` leads to the next."""
    require(request, "read")
    query = _query(request, _FILTERS)
    limit = query.pop("limit", str(_PAGE))
    if not limit.isascii() or not limit.isdecimal() or not 1 <= int(limit[:9]) <= _LONGEST_PAGE:
        message = f"limit {limit!r} is not a number from 1 to {_LONGEST_PAGE}"
        raise BadInput(message)
    return Json(await run_in_threadpool(signals, _workspace(request), limit=int(limit), **query))


async def list_runs(request: Request) -> Response:
    """What the server did by itself."""
    require(request, "read")
    _query(request, frozenset())
    return Json(await run_in_threadpool(runs, _workspace(request)))


async def show_coverage(request: Request) -> Response:
    """What is known of each source, and what cannot be."""
    require(request, "read")
    _query(request, frozenset())
    return Json(await run_in_threadpool(coverage, _workspace(request)))


async def openapi(request: Request) -> Response:
    """This API, described."""
    _ = request
    return Json(document())


def _workspace(request: Request) -> Workspace:
    """The project as of this request."""
    return Workspace(request.app.state.serving.ws.root)


def _query(request: Request, known: frozenset[str]) -> dict[str, Any]:
    """The query's parameters, each at most once; raises BadInput for one that is not known."""
    for name in request.query_params:
        if name not in known:
            message = f"no parameter {name!r}; there are {' '.join(sorted(known))}"
            raise BadInput(message)
        if len(request.query_params.getlist(name)) > 1:
            message = f"{name} is given twice"
            raise BadInput(message)
    return {name: value for name, value in request.query_params.items() if value}


routes: Final = [
    Route("/v1/signals", list_signals),
    Route("/v1/runs", list_runs),
    Route("/v1/coverage", show_coverage),
    Route("/v1/openapi.json", openapi),
]
