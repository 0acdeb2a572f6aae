"""Figures as people say them: counted things, shares, lengths of time."""

from __future__ import annotations


def counted(count: int, noun: str, many: str = "") -> str:
    """``1 release``, ``3 releases``; ``many`` where the plural is not the noun with an s."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def times(count: int) -> str:
    """``once``, ``3 times``."""
    return "once" if count == 1 else f"{count} times"


def percent(share: float) -> str:
    """Two digits, three from 10% on (``5.7%``, ``58.3%``), more where what is missing to all counts (``99.95%``)."""
    value = share * 100
    if 99 <= abs(value) < 100 or abs(value) < 0.1:
        return f"{value:.3f}".rstrip("0").rstrip(".") + "%"
    return f"{_short(value)}%"


def short_time(text: object) -> str:
    """``2026-01-31 12:00`` of an RFC 3339 time; a date stays a date."""
    shown = str(text)
    return f"{shown[:10]} {shown[11:16]}".strip()


def p_value(p: float) -> str:
    """``p = 0.034``; what is very small is not told more exactly than it can be known."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``, ``2.1 d``: two digits, three from ten on."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= (2 * size if unit == "d" else size):
            return f"{_short(seconds / size)} {unit}"
    return f"{_short(seconds)} s"


def _short(value: float) -> str:
    if abs(value) < 10:
        return f"{value:.2g}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
