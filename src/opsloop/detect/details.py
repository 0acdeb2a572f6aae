"""The details of an entry brought up to date, line by line: sentences and figures of the rule, none of a person's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsloop.detect.entries import WHY, bullet, sentence
from opsloop.detect.wording import says
from opsloop.detectors.rule import FIXES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsloop.detectors.rule import Rule
    from opsloop.model import Entry, Finding

_OFTEN: Final = "Occurrences: {often}, from {first} to {last} UTC."
_TEAMS: Final = "It recurs across teams: {teams}."

_FIGURE: Final = re.compile(
    r"-?\d[\d.]*(?:e[+-]?\d+)?(?:%| (?:s|min|h|d))?|\d{4}-\d\d-\d\d \d\d:\d\d|yes|no|unknown|", re.ASCII
)
"""How ``wording.readable`` writes a number, a time, a truth and nothing."""
_PLAIN: Final = re.compile(r"[\w./:\[\]@-]+(?: and \d+ more)?")
"""A name without a space, the last of a long list with how many more there are."""


def details_today(entry: Entry, today: Entry, finding: Finding, rule: Rule) -> str:
    """The details of ``entry``, where each line that is the rule's own reads as in ``today``, a draft of now."""
    fresh = today.details.split("\n")
    sentences = _sentences(rule)
    own = [_own(line, sentences) for line in entry.details.split("\n")]
    now_said = {place: line for line in fresh if (place := _own(line, sentences))}
    if not any(own):
        return entry.details
    lines = [
        now_said.get(place, line) if place else line for place, line in zip(own, entry.details.split("\n"), strict=True)
    ]
    said = "\n".join(line for place, line in zip(own, entry.details.split("\n"), strict=True) if place)
    return "\n".join(_with_figures(lines, fresh, {bullet(name) for name in finding.metrics}, said=said))


def _sentences(rule: Rule) -> Mapping[str, Sequence[str]]:
    """What each sentence of the details may look like."""
    return {
        "summary": [f"{rule.summary}. Found by {{detector}}."],
        "definition": [f"Definition: {sentence(rule.definition)}"],
        "often": [_OFTEN],
        "teams": [_TEAMS],
        "why": [f"{WHY}{sentence(because)} {FIXES[kind]}" for kind, because in rule.fixes.items()],
    }


def _own(line: str, sentences: Mapping[str, Sequence[str]]) -> str | None:
    """Which of the rule's sentences a line is."""
    return next((place for place, forms in sentences.items() if any(says(form, line) for form in forms)), None)


def _with_figures(lines: Sequence[str], fresh: Sequence[str], labels: set[str], *, said: str) -> list[str]:
    """``lines`` with the figures of today: known ones in their place, new ones after them, and none that are gone.

    A figure is the rule's while its value looks like one, or ``said``, the rule's own sentences, name it too.
    """
    today = {label: line for line in fresh if (label := _label(line, labels))}
    there = {label for line in lines if (label := _label(line, labels))}
    found: list[str] = []
    end = 0
    for line in lines:
        label = _label(line, labels)
        if label is None or not _is_figure(line.strip()[len(label) - 1 :].strip(), today.get(label, ""), said):
            found.append(line)
            continue
        if label in today:
            found.append(today[label])
        end = len(found)
    found[end:end] = [line for label, line in today.items() if label not in there] if end else []
    return found


def _label(line: str, labels: set[str]) -> str | None:
    """The label of a figure's line; one without a figure may have lost the space behind it."""
    label = line.partition(": ")[0] + ": " if ": " in line else f"{line.strip()} "
    return label if label in labels else None


def _is_figure(value: str, today: str, said: str) -> bool:
    """Is this what the rule told? A number is, where today tells one; names are, and texts that stand elsewhere too."""
    now = today.partition(": ")[2]
    if not today or _FIGURE.fullmatch(now) or _FIGURE.fullmatch(value):
        return bool(_FIGURE.fullmatch(value))
    return value in said or all(_PLAIN.fullmatch(part) or part in now for part in value.split(", "))
