"""The time formats that tools send, read into UTC. What is no time, or a zero time, is None.

ISO 8601 with any offset and any number of digits in the fraction (cut to microseconds), ``2021-04-28 21:50:00 +0200``,
``... UTC``, ``... +0000 UTC m=+0.1`` as Go prints it, ``Wed, 28 Apr 2021 21:50:00 +0200`` of RFC 5322, and epoch
seconds, milliseconds, microseconds or nanoseconds told apart by their size.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from opsloop.errors import BadInput
from opsloop.sources.payload import dig

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import msgspec
except ImportError:
    _encode: Callable[[datetime], bytes] | None = None
else:
    _encode = msgspec.json.Encoder().encode

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2200
"""Nobody's alert is older or later: year 1, epoch 0, year 9999 and the like mean that there is no time."""
_UNITS: Final = ((10**18, 1, 1000), (10**14, 1, 1), (10**11, 1000, 1), (0, 10**6, 1))
"""(from this size on, multiply, divide) to microseconds: nanoseconds, microseconds, milliseconds, seconds."""
_MAIL_LIMIT: Final = 60
_LOOSE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))? *(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
    r"(?: (?:[A-Z]{3,5}|[+-]\d{2,4}))?(?: m=[+-][\d.]{1,30})?",
    re.IGNORECASE,
)


def moment(document: Any, *path: str | int, naive_is_utc: bool = False) -> datetime | None:
    """The time at the path, or None. A time without an offset counts only where the tool is known to mean UTC."""
    return time_of(dig(document, *path), naive_is_utc=naive_is_utc)


def time_of(value: Any, *, naive_is_utc: bool = False) -> datetime | None:
    """A value as ``moment`` gives it."""
    if isinstance(value, str):
        return _from_text(value, naive_is_utc=naive_is_utc)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _from_epoch(value)


def iso(moment: datetime) -> str:
    """``isoformat()`` of a time in UTC; the ``serve`` extra brings what does it five times as fast."""
    return moment.isoformat() if _encode is None else f"{_encode(moment)[1:-2].decode()}+00:00"


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """A length in seconds where both ends are known and in order."""
    return (end - start).total_seconds() if start and end and end >= start else None


def _from_text(value: str, *, naive_is_utc: bool) -> datetime | None:
    value = value.strip()
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return _from_loose_text(value, naive_is_utc=naive_is_utc)
    if value.isdecimal():  # 20260131 is a date to fromisoformat, a count of seconds to the tools that send digits
        return _from_epoch(int(value))
    return _in_utc(read, naive_is_utc=naive_is_utc and len(value) > len("2026-01-31"))


def _from_loose_text(value: str, *, naive_is_utc: bool) -> datetime | None:
    try:
        return _from_epoch(float(value))
    except ValueError:
        pass
    if not (match := _LOOSE.fullmatch(value)):
        return _from_mail_text(value)
    day, clock, fraction, zone = match.groups()
    zone = "" if zone is None else "+00:00" if zone.upper() in {"Z", "UTC", "GMT"} else zone
    try:
        read = datetime.fromisoformat(f"{day}T{clock}{'.' + fraction[:6].ljust(6, '0') if fraction else ''}{zone}")
    except ValueError:
        return None
    return _in_utc(read, naive_is_utc=naive_is_utc)


def _from_mail_text(value: str) -> datetime | None:
    if not value[:3].isalpha() or len(value) > _MAIL_LIMIT:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return _in_utc(parsedate_to_datetime(value), naive_is_utc=False)
    except (ValueError, OverflowError):
        return None


def _in_utc(read: datetime, *, naive_is_utc: bool) -> datetime | None:
    if read.tzinfo is None:
        if not naive_is_utc:
            return None
        read = read.replace(tzinfo=UTC)
    if read.tzinfo is not UTC:
        try:
            read = read.astimezone(UTC)
        except OverflowError:
            return None
    return read if _FIRST_YEAR <= read.year <= _LAST_YEAR else None


def _from_epoch(value: float) -> datetime | None:
    if not value > 0:
        return None
    _, times, per = next(unit for unit in _UNITS if value >= unit[0])
    try:
        read = _EPOCH + timedelta(microseconds=int(value * times // per))
    except (OverflowError, ValueError):
        return None
    return read if _FIRST_YEAR <= read.year <= _LAST_YEAR else None


def zone(name: Any) -> tzinfo | None:
    """The zone of a setting: a tzinfo as it is, a name of the IANA database, None; raises BadInput."""
    if name is None or isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        msg = f"timezone {name!r} is no zone of the IANA database, such as Europe/Berlin"
        raise BadInput(msg) from None
