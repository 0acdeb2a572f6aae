"""What can go wrong, as the user will read it: one line that says what is wrong and what to do.

Every surface maps ``exit_code`` and ``code`` (the JSON error code) without looking at the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class OpsloopError(Exception):
    """Anything opsloop reports on purpose. Not raised itself."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500


class BadInput(OpsloopError):
    """The user's mistake: the message says which input and what would be right."""

    code = "bad_input"
    exit_code = 2
    http_status = 400


class NotFound(OpsloopError):
    """Something named does not exist."""

    code = "not_found"
    exit_code = 3
    http_status = 404

    def __init__(self, what: str, name: str, *, hint: str = "", known: Iterable[str] = ()) -> None:
        """``known``: the names there are; the nearest is proposed, or all are listed."""
        hint = hint or _nearest(name, list(known))
        super().__init__(f"no {what} {name!r}" + (f"; {hint}" if hint else ""))


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.replace("-", "_").lower(), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {' '.join(known)}" if known else ""


class Conflict(OpsloopError):
    """The thing changed under us, or two writers disagree; nothing was written."""

    code = "conflict"
    exit_code = 4
    http_status = 409


class ExternallyChanged(Conflict):
    """An entry's text is not what was read: somebody edited the file in between."""

    def __init__(self, entry_id: str, path: str) -> None:
        super().__init__(f"{entry_id} changed in {path} since it was read; look at it and run the command again")


class Unauthorized(OpsloopError):
    """Who asks did not prove to be somebody: no signature, no token, or a wrong one."""

    code = "unauthorized"
    exit_code = 2
    http_status = 401


class Forbidden(OpsloopError):
    """Who asks is known, or need not be, and still may not."""

    code = "forbidden"
    exit_code = 2
    http_status = 403


class OutsideFailed(OpsloopError):
    """A system outside (a server, a disk, a missing optional library) did not do its part."""

    code = "outside_failed"
    exit_code = 5
    http_status = 503


class StoreFull(OutsideFailed):
    """No space left on the device; nothing of the request was stored."""

    code = "store_full"
    http_status = 507


class MissingExtra(OutsideFailed):
    """An optional library is not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs an optional part: pip install 'opsloop[{extra}]'")
