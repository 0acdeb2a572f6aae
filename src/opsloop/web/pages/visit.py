"""One visit of a page: who comes, what they may do, and the answer with its security headers."""

from __future__ import annotations

from secrets import compare_digest
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup
from starlette.responses import HTMLResponse

from opsloop.errors import Forbidden, Unauthorized
from opsloop.verbs import token
from opsloop.web.desk import Desk
from opsloop.web.guard import require
from opsloop.web.pages.rendering import html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from opsloop.verbs.workspace import Workspace
    from opsloop.web.sessions import Session

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Visit:
    """A request to a page, with the visitor's login, if any."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.session: Session | None = request.app.state.sessions.of(request)
        self.ws: Workspace = request.app.state.serving.workspace()

    @property
    def scope(self) -> str | None:
        """What the login allows; None without one."""
        return self.session.scope(self.ws) if self.session else None

    @property
    def by_htmx(self) -> bool:
        """Is a part of a page asked for by the script of the page that is shown?"""
        return "hx-request" in self.request.headers

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.request.url.path}?{self.request.url.query}"

    @property
    def desk(self) -> Desk:
        """The verbs' documents for this visit."""
        return Desk(self.ws, self.request.app.state.results, self.request.query_params)

    def require(self, wanted: str) -> None:
        """Raise Unauthorized or Forbidden unless the login, a bearer token or the machine itself allows it."""
        if not token.allows(self.scope, wanted):
            require(self.request, wanted)

    def check_form(self, form: FormData) -> None:
        """Raise unless the form was made for this login, which may approve."""
        if self.session is None:
            message = "log in with a token that may approve: opsloop token create --scope approve"
            raise Unauthorized(message)
        if not compare_digest(str(form.get("csrf", "")).encode(), self.session.csrf.encode()):
            message = "this form is not from a page of this session; open the page again"
            raise Forbidden(message)
        if not token.allows(self.scope, "approve"):
            message = "this token may not approve; make one with: opsloop token create --scope approve"
            raise Forbidden(message)

    def forget(self, *names: str) -> None:
        """Let what is kept under keys that begin so be computed anew."""
        self.request.app.state.results.forget(*names)

    def answer(
        self, template: str, *, title: str, values: Mapping[str, Any], status: int = 200, current: str = ""
    ) -> HTMLResponse:
        """The page as HTML."""
        from opsloop.web.pages import PAGES

        shown = html(
            template,
            title=title,
            pages=PAGES,
            current=current or self.request.url.path,
            project=self.ws.root.name,
            user=f"may {self.scope}" if self.scope else "",
            approver=token.allows(self.scope, "approve"),
            csrf=self._csrf,
            refusals=self.request.app.state.serving.counters.refusals,
            notes=self.request.app.state.serving.counters.notes,
            **values,
        )
        return HTMLResponse(shown, status_code=status, headers=HEADERS)

    def _csrf(self) -> Markup:
        value = self.session.csrf if self.session else ""
        return Markup('<input type="hidden" name="csrf" value="{}">').format(value)
