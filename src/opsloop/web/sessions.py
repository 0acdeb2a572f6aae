"""Who is logged in to the pages: a random cookie here, the token behind it only in this process's memory.

A restart logs everybody out, and a revoked token ends its sessions at once, for its scope is asked anew each time.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opsloop.verbs import token as tokens

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from opsloop.verbs.workspace import Workspace

COOKIE: Final = "opsloop_session"
_LASTS_S: Final = 12 * 3_600
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login. ``csrf`` must come back with every form that changes something."""

    token: str
    csrf: str
    ends_at: float

    def scope(self, ws: Workspace) -> str | None:
        """What it may do now; None when its token was revoked."""
        return tokens.scope_of(ws, self.token)


class Sessions:
    """The logins of one server process."""

    def __init__(self) -> None:
        self._by_cookie: dict[str, Session] = {}

    def begin(self, token: str) -> str:
        """A new login with a token that was checked; returns the cookie's value."""
        now = time.monotonic()
        self._by_cookie = {cookie: one for cookie, one in self._by_cookie.items() if one.ends_at > now}
        while len(self._by_cookie) >= _MOST:
            self._by_cookie.pop(next(iter(self._by_cookie)))
        cookie = secrets.token_urlsafe(32)
        self._by_cookie[cookie] = Session(token=token, csrf=secrets.token_urlsafe(32), ends_at=now + _LASTS_S)
        return cookie

    def of(self, request: Request) -> Session | None:
        """The login that a request belongs to."""
        session = self._by_cookie.get(request.cookies.get(COOKIE, ""))
        return session if session is not None and session.ends_at > time.monotonic() else None

    def end(self, request: Request) -> None:
        """Log out."""
        self._by_cookie.pop(request.cookies.get(COOKIE, ""), None)


def set_cookie(response: Response, value: str, *, secure: bool) -> None:
    """HttpOnly and SameSite=Strict always; Secure wherever the connection left this machine."""
    response.set_cookie(COOKIE, value, max_age=_LASTS_S, httponly=True, samesite="strict", secure=secure, path="/")
