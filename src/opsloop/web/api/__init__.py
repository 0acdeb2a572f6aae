"""The JSON API under ``/v1``: verbs' documents over HTTP, with the same names and meanings as on the command line.

One table (``operations.py``) says everything: what is asked (``asked.py``), which scope it needs, which verb answers.
The routes here and the OpenAPI document are both made from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from opsloop.web.answers import Json
from opsloop.web.api.openapi import document
from opsloop.web.api.operation import endpoint
from opsloop.web.api.operations import OPERATIONS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def openapi(request: Request) -> Response:
    """This API, described."""
    _ = request
    return Json(document())


routes: Final = [
    *(Route(one.path, endpoint(one), methods=[one.method]) for one in OPERATIONS),
    Route("/v1/openapi.json", openapi),
]
