"""The words that every promoted file is made of: questions, headings, steps, tables, provenance."""

from __future__ import annotations

import re
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from opsloop.model import CATEGORIES
from opsloop.targets import quoting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from opsloop.model import Entry, Signal

_QUESTION: Final = "> **Open question:** "
_ITEM: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
_SENTENCE: Final = re.compile(r"(?<=\))[,;]\s+|;\s+|(?<=[.!?])\s+(?=[A-Z])")
LEAD: Final = re.compile(r"^promoted to [a-z ]+:\s*", re.IGNORECASE)
_NAME_LENGTH: Final = 48
_NAME_WORDS: Final = 6
_WORD_LENGTH: Final = 24
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_COMMAND: Final = re.compile(r"\((?P<command>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*\.?$")
_LIKE_COMMAND: Final = re.compile(r"^(?:[a-z][\w./-]*\s+\S|SELECT\b|UPDATE\b|SHOW\b|EXPLAIN\b)")
_FENCE: Final = re.compile(r"`{3,}")
_BARS: Final = re.compile(r"\\*\|")


def question(text: str) -> str:
    """A marked gap: what nobody wrote down stays visible and is asked, never made up."""
    return f"{_QUESTION}{text}"


def questions(text: str) -> list[str]:
    """The gaps that a rendered text still has, each once, in order."""
    found = (line.strip().removeprefix(_QUESTION) for line in text.splitlines() if line.strip().startswith(_QUESTION))
    return list(dict.fromkeys(found))


def or_question(text: str, ask: str) -> str:
    """The text, or the question where there is none."""
    return text.strip() or question(ask)


def slug(text: str) -> str:
    """Lower case, digits and single hyphens, at most 60 characters."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-")[:60].strip("-") or "unnamed"


def topic(entry: Entry) -> str:
    """What a file about this entry is called: the slug of its pattern, else its name or summary.

    Monitors and imports name patterns, and a file's name is read as well: one that is long or looks like an attempt
    to steer a model gives way to a digest, the same for all entries of the pattern.
    """
    if key := entry.pattern_key:
        category, _, named = key.partition(".")
        known = slug(category) if category in CATEGORIES else "pattern"
        return _few_words(named or key) or f"{known}-{_digest(key)}"
    said = (entry.title if entry.kind != "learning" else "") or entry.summary or entry.id
    if not entry.door:
        return slug(said)
    return _few_words(said) or f"{entry.kind}-{_digest(said)}"


def _few_words(text: str) -> str:
    """The slug of what is a name and no sentence, else nothing."""
    name = slug(text)
    coded = any(len(word) > _WORD_LENGTH and not word.isalpha() for word in name.split("-"))
    short = len(name) <= _NAME_LENGTH and name.count("-") < _NAME_WORDS and not coded
    return name if short and not quoting.steers(text) and not quoting.steers(name) else ""


def _digest(text: str) -> str:
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def title(entry: Entry) -> str:
    """A heading for people: the summary's first sentence, else what the entry is called.

    Of words from outside no heading is made: it says what was found, names identifiers, and leaves the rest to a
    quotation.
    """
    if entry.origin:
        return _outside_title(entry)
    first = re.split(r"(?<=[.!?])\s", entry.summary.strip(), maxsplit=1)[0].rstrip(".")
    return quoting.inert(first or entry.title.replace("_", " ")) or entry.id


def _outside_title(entry: Entry) -> str:
    found = entry.metadata.get("Detector", "").split(",")[0].strip().replace("_", " ")
    what = found if re.fullmatch(r"[a-z][a-z ]{0,40}", found) else f"imported {entry.kind}"
    alerts = quoting.names(entry.metadata.get("Related Alerts", ""))
    known = [f"`{one}`" for one in (*alerts[:1], *quoting.names(entry.service or ""))]
    return f"{what.capitalize()}{': ' if known else ''}{' on '.join(known)} ({entry.id})"


def steps(text: str) -> list[str]:
    """Cut a text into steps: its list items or lines; one line alone at semicolons, sentences and ``(command),``."""
    text = LEAD.sub("", text.strip())
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return [_ITEM.sub("", line).strip() for line in lines]
    return [part.strip().rstrip(".") for line in lines for part in _SENTENCE.split(_ITEM.sub("", line)) if part.strip()]


def step_lines(step: str) -> list[str]:
    """One step as Markdown lines: a command in closing parentheses stands in a code block of its own."""
    match = _COMMAND.search(step)
    if match and _LIKE_COMMAND.match(match["command"]):
        return [step[: match.start()].strip(), "", *(f"   {line}" for line in code(match["command"].strip()))]
    return [step]


def code(text: str) -> list[str]:
    """Lines of a code block that nothing in the text can end."""
    fence = max((*_FENCE.findall(text), "``"), key=len) + "`"
    return [fence, *text.splitlines(), fence]


def numbered(items: Iterable[str]) -> str:
    """Steps as a numbered list, commands in blocks of their own."""
    lines = []
    for number, item in enumerate(items, 1):
        first, *more = step_lines(item)
        lines += [f"{number}. {first}", *more, *([""] if more else [])]
    return "\n".join(lines)


def section(entry: Entry, *names: str) -> str:
    """The first of these that the entry has, as an extra section or a metadata line; "" where it has none."""
    for name in names:
        for holder in (entry.extra_sections, entry.metadata, entry.extra_fields):
            for label, text in holder.items():
                if label.lower() == name.lower() and text.strip():
                    return text.strip()
    return ""


def steps_of(entry: Entry, text: str) -> list[str]:
    """A person's steps; none where they were imported, for those are quoted as they stand (``offered``)."""
    return [] if entry.origin == "import" else steps(text)


def offered(entry: Entry, *texts: str) -> str:
    """The imported texts as passages, "" of anybody else's."""
    return (
        "\n\n".join(quoting.advised(entry, text) for text in texts if text.strip()) if entry.origin == "import" else ""
    )


def provenance(what: str, entries: Iterable[Entry]) -> str:
    """A comment that says where a file came from; hand edits below it survive the next promotion."""
    sources = ", ".join(entry.id for entry in entries)
    return f"<!-- {what} promoted by opsloop from {sources}; edit it freely, edits are kept -->"


def bullets(items: Iterable[str]) -> str:
    """One ``- item`` a line."""
    return "\n".join(f"- {item}" for item in items)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars inside cells are escaped, and a backslash before one can't undo that."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(_BARS.sub(r"\\|", cell).replace("\n", " ") for cell in row) + " |" for row in lines
    )


def document(*parts: str) -> str:
    """Blocks joined by one empty line, ending in one line feed; empty blocks are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def minute(moment: datetime) -> str:
    """``2026-01-31 12:00``, UTC."""
    return f"{moment:%Y-%m-%d %H:%M}"


def span(seconds: float | None) -> str:
    """Seconds for people: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``; "unknown" for None."""
    if seconds is None:
        return "unknown"
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def last_occurrences(signals: Sequence[Signal], most: int = 5) -> str:
    """The latest occurrences, newest first; what the tools said is quoted."""
    rows = [
        (
            minute(one.at),
            quoting.name(one.service) or "-",
            one.severity or "-",
            span(one.duration_s),
            quoting.quoted(one.summary or one.name),
        )
        for one in sorted(signals, key=lambda signal: signal.at, reverse=True)[:most]
    ]
    return table(("Time (UTC)", "Service", "Severity", "Duration", "What was reported"), rows) if rows else ""
