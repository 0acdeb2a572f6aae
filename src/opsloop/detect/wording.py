"""Figures as people read them, and sentences filled with them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.spoken import duration, percent, times

if TYPE_CHECKING:
    from opsloop.detectors.rule import Fix, Rule

_SHARES: Final = ("_ratio", "_share", "_rate", "_consumed", "objective")
_LIST_LIMIT: Final = 8
_WHOLE_FROM: Final = 1_000


def filled(template: str, words: Mapping[str, Any]) -> str:
    """``template`` with each ``{name}`` replaced by that figure, readable; what is unknown says so.

    ``{count:release}`` is ``1 release`` or ``3 releases``; ``{count:canary|canaries}`` names its plural.
    """
    return _Sentence().vformat(template, (), _Readable(words))


def says(template: str, text: str) -> bool:
    """Whether ``text`` is ``template`` with any figures: nobody has rewritten it."""
    parsed = [(words, name) for words, name, _, _ in string.Formatter().parse(template)]
    words = [words for words, _ in parsed] + ([""] if parsed and parsed[-1][1] is not None else [])
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


class _Sentence(string.Formatter):
    """What stands behind a colon is the thing counted."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The figure, with its noun in the right number."""
        if not format_spec:
            return str(value)
        one, _, many = format_spec.partition("|")
        return f"{value} {one if value == '1' else many or one + 's'}"


class _Readable(Mapping[str, str]):
    """The figures of a row by name, each made readable when asked for."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = words

    def __getitem__(self, name: str) -> str:
        value = self._words[name]
        if name == "service" and value is None:
            value = self._words.get("services")
        return readable(name, value)

    def __iter__(self) -> Any:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)
