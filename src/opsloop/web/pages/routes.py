"""Paths of the pages, their forms, the live update and the static files."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from opsloop.errors import OpsloopError, Unauthorized
from opsloop.verbs import token
from opsloop.web.approval import approve
from opsloop.web.guard import VISITOR
from opsloop.web.pages import PAGES, Page
from opsloop.web.pages.learning import learning
from opsloop.web.pages.now import now
from opsloop.web.pages.promotions import CANDIDATES, promotion
from opsloop.web.pages.rendering import drawn
from opsloop.web.pages.visit import HEADERS, Visit
from opsloop.web.results import NotYet, stamp_of
from opsloop.web.sessions import set_cookie

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

_LOOK_EVERY_S: Final = 1.0
_HEARTBEAT_EVERY: Final = 15
_SEE_OTHER: Final = 303
_MOST_LISTENERS: Final = 64
_AGAIN_S: Final = 2
"""After how many seconds a page that is being computed is asked for again."""


def page_route(page: Page) -> Route:
    """One page."""

    def show(visit: Visit) -> Response:
        if not page.kept:
            return visit.answer(page.template, title=page.title, values=page.values(visit.desk))
        try:
            values = visit.desk.page(_key(page, visit), lambda desk: drawn(page.values(desk)))
        except NotYet:
            answer = visit.answer(
                "waiting.html", title=page.title, values={"again": visit.address if visit.by_htmx else ""}
            )
            answer.headers["Refresh"] = str(_AGAIN_S)
            return answer
        return visit.answer(page.template, title=page.title, values=values)

    return Route(page.path, _reading(show))


def _key(page: Page, visit: Visit) -> str:
    """One a page and choice; only what the page knows counts, so that nobody fills the memory with others."""
    query = visit.request.query_params
    chosen = [f"{name[:60]}={query[name][:40]}" for name in sorted(query) if name.startswith(page.chosen_by)]
    return " ".join((page.path, *chosen[:20]))


def _reading(show: Callable[[Visit], Response]) -> Callable[[Request], Response]:
    """An endpoint (run in a thread) for who may read; what fails is a page too."""

    def endpoint(request: Request) -> Response:
        visit = Visit(request)
        try:
            visit.require("read")
            return show(visit)
        except Unauthorized:
            return RedirectResponse(f"/login?next={_local(request.url.path)}", status_code=_SEE_OTHER, headers=HEADERS)
        except OpsloopError as error:
            return _failed(visit, error)

    return endpoint


def _failed(visit: Visit, error: OpsloopError) -> Response:
    title = {403: "Not allowed", 404: "Not found", 409: "It changed"}.get(error.http_status, "That did not work")
    return visit.answer("error.html", title=title, values={"message": str(error)}, status=error.http_status)


def show_learning(visit: Visit) -> Response:
    """One entry."""
    entry_id = visit.request.path_params["entry_id"]
    values = learning(visit.desk, entry_id)
    return visit.answer("learning.html", title=entry_id, values=values, current="/learnings")


def show_promotion(visit: Visit) -> Response:
    """One promotion's diff."""
    named = visit.request.path_params
    values = promotion(visit.desk, named["entry_id"], named["target"])
    title = f"{named['entry_id']} to {named['target']}"
    return visit.answer("promotion.html", title=title, values=values, current="/promotions")


def show_fragment(visit: Visit) -> Response:
    """The part of Now that follows the data."""
    from opsloop.web.pages.rendering import html

    inner = html("now_live.html", **now(visit.desk))
    attributes = 'hx-get="/fragments/now" hx-trigger="opsloop:changed from:body" hx-swap="outerHTML"'
    return Response(f'<div id="now" {attributes}>{inner}</div>', media_type="text/html", headers=HEADERS)


def show_login(visit: Visit, *, failed: bool = False) -> Response:
    """The form for a token."""
    target = _local(visit.request.query_params.get("next", "/"))
    return visit.answer(
        "login.html", title="Log in", values={"next": target, "failed": failed}, status=401 if failed else 200
    )


def login_page(request: Request) -> Response:
    """GET /login, open to everybody who may talk to the server."""
    return show_login(Visit(request))


async def login(request: Request) -> Response:
    """POST /login: a token for a session."""
    form = await request.form(max_files=0, max_fields=10)
    visit = Visit(request)
    presented = str(form.get("token", ""))
    if await run_in_threadpool(token.scope_of, visit.ws, presented) is None:
        return show_login(visit, failed=True)
    response = RedirectResponse(_local(str(form.get("next", "/"))), status_code=_SEE_OTHER, headers=HEADERS)
    secure = not request.scope[VISITOR].local
    set_cookie(response, request.app.state.sessions.begin(presented), secure=secure)
    return response


def logout(request: Request) -> Response:
    """End the session."""
    request.app.state.sessions.end(request)
    return RedirectResponse("/", status_code=_SEE_OTHER, headers=HEADERS)


def _form(change: Callable[[Visit, dict[str, str]], str]) -> Callable[[Request], object]:
    """An endpoint for a form that changes something; ``change`` returns where to go then."""

    async def endpoint(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        visit = Visit(request)
        try:
            visit.check_form(form)
            fields = {name: str(value) for name, value in form.items()}
            return RedirectResponse(
                await run_in_threadpool(change, visit, fields), status_code=_SEE_OTHER, headers=HEADERS
            )
        except OpsloopError as error:
            return _failed(visit, error)

    return endpoint


def do_approve(visit: Visit, form: dict[str, str]) -> str:
    """Write a promotion whose diff was seen."""
    approve(visit.ws, [form.get("id", "")], form.get("target", ""), seen=form.get("seen", ""), actor="page")
    visit.forget(CANDIDATES, "/promotions")
    return f"/learnings/{form.get('id', '')}"


def do_reject(visit: Visit, form: dict[str, str]) -> str:
    """Turn a promotion down, with the reason."""
    from opsloop.verbs.promote import reject

    reason = form.get("reason", "")[:300] or "no reason given"
    reject(visit.ws, [form.get("id", "")], form.get("target", ""), reason, actor="page")
    visit.forget(CANDIDATES, "/promotions")
    return "/promotions"


def do_merge(visit: Visit, form: dict[str, str]) -> str:
    """Say that two patterns are one."""
    from opsloop.verbs.patterns import merge

    merge(visit.ws, form.get("other", ""), form.get("id", ""), actor="page")
    visit.forget("/patterns")
    return "/patterns"


def do_split(visit: Visit, form: dict[str, str]) -> str:
    """Undo a merge."""
    from opsloop.verbs.patterns import split

    split(visit.ws, form.get("id", ""), actor="page")
    visit.forget("/patterns")
    return "/patterns"


def do_adopt(visit: Visit, form: dict[str, str]) -> str:
    """Stand for the words of an entry as they were shown."""
    from opsloop.verbs.adopt import adopt

    entry_id = form.get("id", "")
    seen = form.get("seen", "") or "nothing"
    adopt(visit.ws, entry_id, by=form.get("by", ""), seen=seen, actor="page")
    return f"/learnings/{entry_id}"


def do_disown(visit: Visit, form: dict[str, str]) -> str:
    """Take that back."""
    from opsloop.verbs.adopt import disown

    disown(visit.ws, form.get("id", ""), actor="page")
    return f"/learnings/{form.get('id', '')}"


async def events(request: Request) -> Response:
    """Server-sent events: ``changed`` whenever the data or a kept result did, until the server stops."""
    Visit(request).require("read")
    state = request.app.state
    if state.listeners >= _MOST_LISTENERS:
        return Response(status_code=503, headers={"Retry-After": "10"})
    return StreamingResponse(_changes(request), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _changes(request: Request) -> AsyncIterator[str]:
    state = request.app.state
    state.listeners += 1
    try:
        seen = await _seen(request)
        yield ": listening\n\n"
        quiet = 0
        while not await _stops(state.serving.stopping) and not await request.is_disconnected():
            current = await _seen(request)
            quiet += 1
            if current != seen:
                seen, quiet = current, 0
                yield "event: changed\ndata: {}\n\n"
            elif quiet >= _HEARTBEAT_EVERY:
                quiet = 0
                yield ": still here\n\n"
    finally:
        state.listeners -= 1


async def _stops(stopping: asyncio.Event) -> bool:
    """Wait until it is time to look again; true, at once, when the server stops."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), _LOOK_EVERY_S)
    return stopping.is_set()


async def _seen(request: Request) -> tuple[object, int]:
    state = request.app.state
    return await run_in_threadpool(stamp_of, state.serving.ws), state.results.renewals


def _local(path: str) -> str:
    """The path if it is one on this server, else the front page: no redirect leads elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


routes: Final = [
    *(page_route(page) for page in PAGES),
    Route("/learnings/{entry_id}", _reading(show_learning)),
    Route("/learnings/adopt", _form(do_adopt), methods=["POST"]),
    Route("/learnings/disown", _form(do_disown), methods=["POST"]),
    Route("/promotions/{entry_id}/{target}", _reading(show_promotion)),
    Route("/fragments/now", _reading(show_fragment)),
    Route("/promotions/approve", _form(do_approve), methods=["POST"]),
    Route("/promotions/reject", _form(do_reject), methods=["POST"]),
    Route("/patterns/merge", _form(do_merge), methods=["POST"]),
    Route("/patterns/split", _form(do_split), methods=["POST"]),
    Route("/login", login_page, methods=["GET"]),
    Route("/login", login, methods=["POST"]),
    Route("/logout", logout),
    Route("/v1/events", events),
    Mount("/static", StaticFiles(directory=Path(__file__).parent.parent / "static")),
]
