"""Entry -> text in the written format. What is empty is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.markdown import fences
from opsloop.markdown.grammar import FIELDS, SECTIONS, Shape, title_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opsloop.model import Entry

_LINE_END: Final = re.compile(r"\s*[\r\n]+\s*")
_AT_THE_END: Final = ("Metadata", "Resolution")


def render(entry: Entry) -> str:
    """One entry from its heading to its closing rule, ending with a line feed."""
    lines = [heading(entry), ""]
    lines += [field(label, value) for label, value in fields_of(entry)]
    if intro := entry.extra_sections.get(""):
        lines += ["", fences.escape(intro)]
    for title, body in _bodies(entry):
        lines += ["", f"### {one_line(title)}", body] if body else ["", f"### {one_line(title)}"]
    lines += ["", "---", ""]
    return "\n".join(lines)


def heading(entry: Entry) -> str:
    """``## [ID] title``."""
    return f"## [{entry.id}] {one_line(entry.title)}".rstrip()


def field(label: str, value: str) -> str:
    """``**Label**: value``."""
    return f"**{one_line(label)}**: {one_line(value)}".rstrip()


def fields_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """The fields that an entry has, in written order."""
    for label, attribute in FIELDS.items():
        value = getattr(entry, attribute)
        if value and attribute != title_attribute(entry.kind):
            yield label, value
    yield from entry.extra_fields.items()


def body_of(shape: Shape, value: Any) -> str:
    """A section's body; empty where there is nothing to say."""
    return _WRITERS[shape](value) if value else ""


def bullet(label: str, value: str, *, bold: bool) -> str:
    """One labelled bullet; further lines are indented. The label "" is plain text."""
    if not label:
        return fences.escape(value)
    name = one_line(label)
    return _continued(f"- **{name}**: " if bold else f"- {name}: ", value).rstrip()


def one_line(text: str) -> str:
    """A value that has one line only: its line ends become spaces."""
    return _LINE_END.sub(" ", text).strip()


def _bodies(entry: Entry) -> Iterator[tuple[str, str]]:
    """Titles and bodies, in written order; sections that the format does not name come before the metadata."""
    for title, (attribute, shape) in SECTIONS.items():
        if title == _AT_THE_END[0]:
            for extra, body in entry.extra_sections.items():
                if extra:
                    yield extra, fences.escape(body)
        if body := body_of(shape, getattr(entry, attribute)):
            yield title, body


def _continued(before: str, value: str) -> str:
    first, _, rest = value.partition("\n")
    if not rest:
        return before + first
    lines = fences.escape(rest).split("\n")
    return "\n".join([before + first, *("  " + line if line else line for line in lines)])


def _bullets(items: Mapping[str, str], *, bold: bool = False) -> str:
    ordered = sorted(items.items(), key=lambda item: item[0] != "")
    return "\n".join(bullet(label, value, bold=bold) for label, value in ordered)


def _table(rows: tuple[tuple[str, str], ...]) -> str:
    lines = ["| Time (UTC) | Event |", "|------------|-------|"]
    lines += [f"| {_cell(time)} | {_cell(event)} |" for time, event in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")


def _checklist(items: tuple[str, ...]) -> str:
    return "\n".join(
        _continued("- [x] ", item[4:]) if item.startswith("[x] ") else _continued("- [ ] ", item) for item in items
    )


_WRITERS: Final[dict[Shape, Callable[[Any], str]]] = {
    Shape.TEXT: fences.escape,
    Shape.BULLETS: _bullets,
    Shape.BOLD_BULLETS: lambda items: _bullets(items, bold=True),
    Shape.TABLE: _table,
    Shape.CHECKLIST: _checklist,
}
