"""Who is asking: checked before anything else, on every request.

A page of another origin must not talk to a server on this machine: neither by naming it differently (DNS rebinding:
the Host header is checked) nor by posting to it (the Origin header is checked). Over loopback, without tokens,
everybody on the machine may read; that ends where a proxy forwards strangers, so forwarded requests need a proxy that
the settings trust.
"""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opsloop.errors import Forbidden, OpsloopError, Unauthorized
from opsloop.verbs import token
from opsloop.web.answers import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from opsloop.verbs.workspace import Workspace
    from opsloop.web.counters import Counters
    from opsloop.web.limits import Limits

VISITOR: Final = "opsloop.visitor"
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_MOST_ADDRESSES: Final = 10_000
_TOO_MANY: Final = 429
_RATE_LIMITED: Final = "rate_limited"
_WEBHOOKS: Final = "/v1/webhooks/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who sent a request: the address (behind trusted proxies: theirs), and the headers by lower-case name."""

    address: str
    local: bool
    headers: Mapping[str, str]


class Guard:
    """ASGI middleware: refuses what must not come in, counts that, and notes the Visitor in the scope."""

    def __init__(self, app: ASGIApp, *, limits: Limits, counters: Counters) -> None:
        self._app = app
        self._counters = counters
        self._names = {"localhost", *(name.lower() for name in limits.hosts)}
        self._proxies = frozenset(limits.trusted_proxies)
        self._rate = _Rate(limits.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            scope[VISITOR] = visitor = self._visitor(scope, headers)
            self._check(scope["method"], headers)
        except OpsloopError as error:
            self._counters.refused(_source_of(scope["path"]), error.code)
            await refusal(error.http_status, error.code, str(error))(scope, receive, send)
            return
        if wait_s := self._rate.wait_s(visitor.address):
            self._counters.refused(_source_of(scope["path"]), _RATE_LIMITED)
            refused = refusal(
                _TOO_MANY, _RATE_LIMITED, "too many requests from this address", {"Retry-After": str(wait_s)}
            )
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _visitor(self, scope: Scope, headers: dict[str, str]) -> Visitor:
        peer = str((scope.get("client") or ("",))[0])
        if not any(name in headers for name in _FORWARDED):
            return Visitor(address=peer, local=_is_loopback(peer), headers=headers)
        if peer not in self._proxies:
            message = f"forwarded by {peer or 'nobody known'}, which serve.trusted_proxies does not name"
            raise Forbidden(message)
        hops = [_without_port(hop.strip()) for hop in headers.get("x-forwarded-for", "").split(",")]
        strangers = [hop for hop in hops if hop and hop not in self._proxies]
        return Visitor(address=strangers[-1] if strangers else peer, local=False, headers=headers)

    def _check(self, method: str, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if not self._known(host):
            message = f"this server is not called {host!r}; if it is, name it in serve.hosts"
            raise Forbidden(message)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            message = f"a page of {origin!r} may not ask this"
            raise Forbidden(message)
        if method not in {"GET", "HEAD"} and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            message = "a page of another site may not post here"
            raise Forbidden(message)

    def _known(self, host: str) -> bool:
        """Addresses can't be rebound; names can, so they must be known."""
        name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
        return name.lower() in self._names or _is_address(name)


def _source_of(path: str) -> str:
    """The source that a webhook's path names, however it is written; empty for any other path."""
    return path.removeprefix(_WEBHOOKS).lower().replace("-", "_") if path.startswith(_WEBHOOKS) else ""


def _without_port(hop: str) -> str:
    """The address of ``1.2.3.4:5678`` or ``[2001:db8::1]:5678``: some proxies add the port, another each time."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


class _Rate:
    """A bucket an address: filled at the allowed rate, holding up to ten seconds' worth."""

    def __init__(self, per_minute: int) -> None:
        self._per_s = per_minute / 60
        self._burst = max(1.0, self._per_s * 10)
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, address: str) -> int:
        """0 when the request may pass, else after how many whole seconds the next one may."""
        if not self._per_s:
            return 0
        now = time.monotonic()
        level, at = self._buckets.get(address, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._per_s)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.clear()
        self._buckets[address] = (max(level - 1, -1) if level >= 1 else level, now)
        return 0 if level >= 1 else max(1, math.ceil((1 - level) / self._per_s))


def require(request: Request, wanted: str) -> None:
    """Raise Unauthorized or Forbidden unless the visitor may do what the scope ``wanted`` allows.

    Reading needs no token over loopback while there is none; writing and approving always do.
    """
    visitor: Visitor = request.scope[VISITOR]
    ws: Workspace = request.app.state.serving.ws
    scheme, _, presented = visitor.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented:
        if wanted == "read" and visitor.local and not token.any_token(ws):
            return
        message = f"this needs a token with scope {wanted}: Authorization: Bearer ...; 'opsloop token create' makes one"
        raise Unauthorized(message)
    scope = token.scope_of(ws, presented.strip())
    if scope is None:
        message = "this token is not known here, or was revoked"
        raise Unauthorized(message)
    if not token.allows(scope, wanted):
        message = f"this token may {scope}; this needs one with scope {wanted}"
        raise Forbidden(message)


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    """Cached: a sender's address comes from the kernel, is short, and comes again with each request."""
    return _is_address(address) and ipaddress.ip_address(address).is_loopback


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
