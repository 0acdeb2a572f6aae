"""Asking a tool's HTTP API: credentials, retries, rate limits, and errors that never say a secret.

A request is tried up to six times. 429 and a spent rate limit wait as long as the server asks (``Retry-After``, or
the reset header), or a minute for GitHub's second limit, which may not say; 5xx, network errors, and a wait that is
over by our clock, wait 1, 2, 4, ... seconds.
"""

from __future__ import annotations

import os
import time
from base64 import b64encode
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from opsloop.errors import BadInput, MissingExtra, OutsideFailed
from opsloop.sources.decoding import read_json
from opsloop.sources.payload import dig, line, rows, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import httpx

TRIES: Final = 6
TIMEOUT_S: Final = 60.0
LONGEST_WAIT_S: Final = 900.0
"""A rate limit that is lifted later than this ends the run: the cursor stands, and the next run goes on."""
_FIRST_WAIT_S: Final = 1.0
_SECOND_LIMIT: Final = b"secondary rate limit"
_SECOND_LIMIT_S: Final = 60.0
"""Source: GitHub, "Rate limits for the REST API": without a header, wait for at least one minute."""
_RESET_HEADERS: Final = ("x-ratelimit-reset", "ratelimit-reset")
_GONE: Final = frozenset({404, 410, 451})
_LONGEST_NUMBER: Final = 18
_EPOCH_FROM: Final = 10**9
"""A reset from here on is an epoch second, below it a number of seconds."""


class Missing(OutsideFailed):
    """Nothing is where it was asked for: never, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful response: its JSON, and the address of the next page where it names one."""

    body: Any
    next_url: str | None = None

    def objects(self, *path: str) -> list[dict[str, Any]]:
        """The objects of the list at the path; raises OutsideFailed where none is, which must not pass for silence."""
        if not isinstance(dig(self.body, *path), list):
            msg = f"the answer holds no list{''.join(f' {name}' for name in path)}: is url the address of the API?"
            raise OutsideFailed(msg)
        return rows(self.body, *path)


class Api:
    """One tool's API under ``base_url``, as a context manager; raises OutsideFailed when it does not answer.

    ``token`` goes into ``authorization``; with a ``user`` it is the password of Basic authentication instead.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        user: str | None = None,
        headers: Mapping[str, str] | None = None,
        authorization: str = "Bearer {token}",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingExtra("pull", "pull") from None
        try:
            url = httpx.URL(base_url.rstrip("/"))
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in {"http", "https"} or not url.host:
            msg = f"url {line(base_url.rpartition('@')[2])!r} is not of the form https://host:port"
            raise BadInput(msg)
        if url.userinfo:
            msg = "the url holds credentials; put them into the environment or a file (token_env, token_file)"
            raise BadInput(msg)
        self._origin = (url.scheme, url.host, url.port)
        self._pause = pause
        sent = {"user-agent": "opsloop", "accept": "application/json", **(headers or {})}
        if token is not None and user is None:
            if not (token.isascii() and token.isprintable()):
                msg = "the token holds line breaks or other alphabets: is it the right file or variable?"
                raise BadInput(msg)
            sent["authorization"] = authorization.format(token=token)
        basic = (user, token or "") if user is not None else None
        self._secrets = [word for word in (token, _encoded(basic)) if word]
        try:
            self._client = httpx.Client(
                base_url=url, headers=sent, auth=basic, timeout=TIMEOUT_S, follow_redirects=True
            )
        except (httpx.InvalidURL, ValueError):
            msg = "the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) has no readable address"
            raise BadInput(msg) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET a path, or the absolute address of a next page (never of another host: it would get the credentials)."""
        import httpx

        url = self._next_page(path) if "://" in path else path
        wait = _FIRST_WAIT_S
        for attempt in range(1, TRIES + 1):
            try:
                response = self._client.get(url, params=params)
            except httpx.HTTPError as error:
                problem, asked = f"{type(error).__name__}: {error}", None
            else:
                if response.is_success:
                    next_url = response.links.get("next", {}).get("url")
                    return Answer(body=self._read(path, response), next_url=next_url)
                problem, asked = self._explain(response), _asked_wait(response)
                if not _is_passing(response):
                    failed = Missing if response.status_code in _GONE else OutsideFailed
                    raise failed(self._hide(f"{_place(path)}: {problem}"))
            if asked is not None and asked > LONGEST_WAIT_S:
                msg = f"{_place(path)}: rate limited for {asked:.0f} s more; run it again then, it goes on where it is"
                raise OutsideFailed(msg)
            if attempt < TRIES:
                self._pause(asked or wait)
                wait *= 2
        msg = f"{_place(path)}: {problem}; gave up after {TRIES} tries, run it again to go on"
        raise OutsideFailed(self._hide(msg))

    def _next_page(self, address: str) -> httpx.URL:
        import httpx

        try:
            url = self._client.base_url.join(address)
        except httpx.InvalidURL:
            msg = f"the next page has no readable address ({line(_place(address))})"
            raise OutsideFailed(msg) from None
        if (url.scheme, url.host, url.port) != self._origin:
            msg = f"the next page is on another host ({url.host}); not followed"
            raise OutsideFailed(msg)
        return url

    def _read(self, path: str, response: httpx.Response) -> Any:
        try:
            return read_json(response.content)
        except BadInput as error:
            msg = f"{_place(path)} did not answer with JSON: {error}"
            raise OutsideFailed(msg) from None

    def _explain(self, response: httpx.Response) -> str:
        try:
            body = read_json(response.content)
        except BadInput:
            body = None
        said = text(body, "message") or text(body, "error", "message") or text(body, "error") or ""
        hint = {401: "; is the token right?", 403: "; may the token read this?"}.get(response.status_code, "")
        return f"HTTP {response.status_code}{f' ({said})' if said else ''}{hint}"

    def _hide(self, message: str) -> str:
        for secret in self._secrets:
            message = message.replace(secret, "***")
        return message


def read_token(options: Mapping[str, Any], default_env: str) -> str | None:
    """The credential: from the file ``token_file``, or the variable ``token_env``. Never from an argument."""
    if path := text(options, "token_file"):
        try:
            return Path(path).expanduser().read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            msg = f"token_file {path} is not readable"
            raise BadInput(msg) from None
    return os.environ.get(text(options, "token_env") or default_env, "").strip() or None


def _encoded(basic: tuple[str, str] | None) -> str | None:
    """How Basic authentication says it, which a server may say back."""
    return b64encode(":".join(basic).encode()).decode() if basic else None


def _is_passing(response: httpx.Response) -> bool:
    """Will it help to ask again? GitHub says 403 for a spent rate limit."""
    spent = response.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in response.headers
    spent = spent or _SECOND_LIMIT in response.content
    return (
        response.status_code in {408, 425, 429}
        or response.status_code >= 500
        or (response.status_code == 403 and spent)
    )


def _asked_wait(response: httpx.Response) -> float | None:
    """The seconds that the server asks to wait; None where it does not say."""
    after = response.headers.get("retry-after", "")
    if after.isdecimal() and len(after) <= _LONGEST_NUMBER:
        return float(after)
    if after:
        try:
            return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
        except (ValueError, OverflowError):
            return None
    if response.status_code not in {403, 429}:
        return None
    if _SECOND_LIMIT in response.content and response.headers.get("x-ratelimit-remaining") != "0":
        return _SECOND_LIMIT_S
    return _until_reset(response)


def _until_reset(response: httpx.Response) -> float | None:
    reset = next((response.headers[name] for name in _RESET_HEADERS if name in response.headers), "")
    if not reset.isdecimal() or len(reset) > _LONGEST_NUMBER:
        return None
    return max(0.0, float(reset) - time.time()) if int(reset) >= _EPOCH_FROM else float(reset)


def _place(path: str) -> str:
    """What was asked for, without its parameters."""
    return path.partition("?")[0]
