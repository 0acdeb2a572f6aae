"""Figures as people read them, and sentences filled with them."""

from __future__ import annotations

import functools
import re
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, Any, Final

from opsloop.spoken import duration, percent, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.detectors.rule import Fix, Rule

_SHARES: Final = ("_ratio", "_share", "_rate", "_consumed", "objective")
_LIST_LIMIT: Final = 8
_WHOLE_FROM: Final = 1_000
_UNKNOWN: Final[tuple[Any, ...]] = (None, "", [], ())
_CLAUSES: Final = (
    "^FIELD: ",
    " on FIELD",
    " of team FIELD",
    " took FIELD",
    r" \([^()]*FIELD[^()]*\)",
    "[,;] [^,;.]*FIELD[^,;.]*",
)
"""What goes with a figure that is unknown, the smallest first; the sentence has to stand without it."""


def filled(template: str, words: Mapping[str, Any]) -> str:
    """``template`` with each ``{name}`` replaced by that figure, readable; a clause of an unknown figure is left out.

    ``{count:release}`` is ``1 release`` or ``3 releases``; ``{count:canary|canaries}`` names its plural.
    """
    unknown = frozenset(field.name for _, field in _parts(template) if field and _value(field.name, words) in _UNKNOWN)
    shorter = _without(template, unknown) if unknown else template
    return "".join([text + _figure(field, words) for text, field in _parts(shorter)])


def says(template: str, text: str) -> bool:
    """Whether ``text`` is ``template`` with any figures, or without some clauses: nobody has rewritten it."""
    return any(_says(words, text) for words in _literals(template))


def _says(words: tuple[str, ...], text: str) -> bool:
    """Whether ``text`` has these words in this order, with something between each two and nothing around them."""
    if len(words) < 2:
        return text == "".join(words)
    first, *between, last = words
    if not (text.startswith(first) and text.endswith(last)):
        return False
    at = len(first)
    for following in between:
        at = text.find(following, at + 1)
        if at < 0:
            return False
        at += len(following)
    return at < len(text) - len(last)


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


@functools.cache
def _without(template: str, unknown: frozenset[str]) -> str:
    """``template`` without the clauses of what is unknown, where the sentence stands without them."""
    for name in sorted(unknown):
        field = rf"\{{{name}(?::[^{{}}]*)?\}}"
        for clause in _CLAUSES:
            shorter = re.sub(clause.replace("FIELD", field), "", template)
            if shorter != template:
                template = shorter[:1].upper() + shorter[1:] if clause.startswith("^") else shorter
                break
    return template


@functools.cache
def _literals(template: str) -> tuple[tuple[str, ...], ...]:
    """The words around the figures of each form that the sentence may have: with and without its clauses, of each
    noun that is counted the singular and the plural.
    """
    names = [field.name for _, field in _parts(template) if field]
    optional = sorted({name for name in names if _without(template, frozenset({name})) != template})
    subsets = chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))
    shapes = {_without(template, frozenset(subset)) for subset in subsets}
    return tuple(sorted({words for shape in shapes for words in _with_nouns(shape) if any(words)}))


def _with_nouns(shape: str) -> set[tuple[str, ...]]:
    parts = _parts(shape)
    nouns = [field.nouns if field else ("",) for _, field in parts]
    found = set()
    for chosen in product(*nouns):
        words, noun = [], ""
        for (text, field), following in zip(parts, chosen, strict=True):
            words.append(noun + text)
            noun = following
            if field is None:
                break
        else:
            words.append(noun)
        found.add(tuple(words))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A figure by its ``name``, and the noun of what is ``counted``: ``one`` or ``one|many``."""

    name: str
    counted: str

    @property
    def nouns(self) -> tuple[str, ...]:
        """What may follow the figure: the noun for one and for many, after a space; nothing where none is counted."""
        one, _, many = self.counted.partition("|")
        return (f" {one}", f" {many or one + 's'}") if one else ("",)


def _figure(field: _Field | None, words: Mapping[str, Any]) -> str:
    if field is None:
        return ""
    value = _value(field.name, words)
    if field.name == "service" and value in _UNKNOWN:
        return "A service"
    figure = readable(field.name, value)
    one, many = field.nouns if field.counted else ("", "")
    return figure + (one if figure == "1" else many)


def _value(name: str, words: Mapping[str, Any]) -> Any:
    """What is known of that name; of a pattern of no single service, its services."""
    value = words[name]
    return words.get("services") if name == "service" and value in _UNKNOWN else value
