"""Times: RFC 3339 in, aware UTC inside, RFC 3339 out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from opsloop.errors import BadInput

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_time(text: str, *, timezone: Any = None, otherwise: str = "") -> datetime:
    """Read RFC 3339 with any offset into UTC. A naive time takes ``timezone`` (a tzinfo), else raises BadInput.

    ``otherwise``: what may be done about it besides, where there is something.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{text!r} is not an RFC 3339 time such as 2026-01-31T12:00:00Z"
        raise BadInput(msg) from None
    if moment.tzinfo is None:
        if timezone is None:
            msg = f"{text!r} has no offset; write 2026-01-31T12:00:00Z{otherwise}"
            raise BadInput(msg)
        moment = moment.replace(tzinfo=timezone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        msg = f"{text!r} is outside the years 1 to 9999 in UTC"
        raise BadInput(msg) from None


def asked_time(text: str) -> datetime:
    """A moment that somebody asks for: RFC 3339, or a plain date, which is its first moment in UTC."""
    is_date = _DATE.fullmatch(text.strip()) is not None
    return parse_time(text, timezone=UTC if is_date else None, otherwise=" or a date alone, which is its midnight UTC")


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
