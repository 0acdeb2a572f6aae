"""The ASGI application: routes by area, one guard before all of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from opsloop.errors import OpsloopError
from opsloop.web import api, health, webhooks
from opsloop.web.answers import http_error, opsloop_error, unexpected
from opsloop.web.guard import Guard
from opsloop.web.pages import routes as pages
from opsloop.web.protocol import COUNTERS
from opsloop.web.results import Results
from opsloop.web.schedule import Schedule
from opsloop.web.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opsloop.web.serving import Serving


def create_app(serving: Serving) -> Starlette:
    """The application of one running server; it finishes its writes when it stops."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with Schedule(serving):
            yield {COUNTERS: serving.counters}
        await serving.close()

    app = Starlette(
        routes=[*webhooks.routes, *api.routes, *health.routes, *pages.routes],
        middleware=[Middleware(Guard, limits=serving.limits, counters=serving.counters)],
        exception_handlers={OpsloopError: opsloop_error, HTTPException: http_error, Exception: unexpected},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.serving = serving
    app.state.results = Results()
    app.state.sessions = Sessions()
    app.state.listeners = 0
    return app
