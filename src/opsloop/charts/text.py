"""Charts for a terminal: one character a value, or one bar a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_GAP: Final = "·"


def sparkline(values: Sequence[float | None]) -> str:
    """One character a value from 0 up to the largest; a missing value is a dot in the middle."""
    most = max((value for value in values if value is not None), default=0)
    return "".join(_GAP if value is None else _level(value / most if most else 0) for value in values)


def _level(share: float) -> str:
    return _LEVELS[min(len(_LEVELS) - 1, max(0, int(share * len(_LEVELS))))]


def bar(share: float, width: int) -> str:
    """A bar of ``share`` (0 to 1) of ``width`` characters, in eighths of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()
