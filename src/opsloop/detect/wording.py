"""Figures as people read them, and sentences filled with them."""

from __future__ import annotations

import functools
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.spoken import duration, percent, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.detectors.rule import Fix, Rule

_SHARES: Final = ("_ratio", "_share", "_rate", "_consumed", "objective")
_LIST_LIMIT: Final = 8
_WHOLE_FROM: Final = 1_000


def filled(template: str, words: Mapping[str, Any]) -> str:
    """``template`` with each ``{name}`` replaced by that figure, readable; what is unknown says so.

    ``{count:release}`` is ``1 release`` or ``3 releases``; ``{count:canary|canaries}`` names its plural.
    """
    return "".join([text + _figure(field, words) for text, field in _parts(template)])


def says(template: str, text: str) -> bool:
    """Whether ``text`` is ``template`` with any figures: nobody has rewritten it."""
    parts = _parts(template)
    words = [words for words, _ in parts] + ([""] if parts and parts[-1][1] else [])
    if len(words) < 2:
        return text == template
    first, *between, last = words
    at = len(first)
    for following in between:
        at = text.find(following, at + 1)
        if at < 0:
            return False
        at += len(following)
    return text.startswith(first) and text.endswith(last) and at < len(text) - len(last)


def reason(rule: Rule, fix: Fix, words: Mapping[str, Any]) -> str:
    """Why a systemic fix is proposed."""
    return filled(rule.fixes[fix], words)


def readable(name: str, value: Any) -> str:
    """One figure: seconds (``_s``) as a duration, shares as percentages, lists joined, times to the minute."""
    match value:
        case None | "" | []:
            text = "unknown"
        case list() | tuple():
            more = f" and {len(value) - _LIST_LIMIT} more" if len(value) > _LIST_LIMIT else ""
            text = ", ".join(map(str, value[:_LIST_LIMIT])) + more
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M}"
        case bool():
            text = "yes" if value else "no"
        case int() | float() if name.endswith("_s"):
            text = duration(value)
        case int() | float() if name.endswith(_SHARES):
            text = percent(value)
        case float():
            text = f"{value:.3g}" if abs(value) < _WHOLE_FROM else f"{value:.0f}"
        case _:
            text = str(value)
    return text


def frequency(count: int, first: datetime, last: datetime) -> str:
    """How often in how long."""
    span = last - first
    return times(count) if span < timedelta(minutes=1) else f"{times(count)} in {duration(span.total_seconds())}"


@functools.cache
def _parts(template: str) -> tuple[tuple[str, _Field | None], ...]:
    """Words of a template, each with the field that follows it; there are few templates, and many findings of each."""
    return tuple(
        (words, _Field(name=name, counted=counted or "") if name else None)
        for words, name, counted, _ in string.Formatter().parse(template)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A figure by its ``name``, and the noun of what is ``counted``: ``one`` or ``one|many``."""

    name: str
    counted: str


def _figure(field: _Field | None, words: Mapping[str, Any]) -> str:
    if field is None:
        return ""
    value = words[field.name]
    if field.name == "service" and value is None:
        value = words.get("services")
    figure = readable(field.name, value)
    if not field.counted:
        return figure
    one, _, many = field.counted.partition("|")
    return f"{figure} {one if figure == '1' else many or one + 's'}"
