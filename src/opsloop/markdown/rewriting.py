"""Change an entry where it stands: only the lines of what changed become different bytes.

Fields and labelled bullets are changed line by line; another section that changed is written anew as a whole; what
is new is put where the written format has it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsloop.errors import Conflict
from opsloop.markdown import fences
from opsloop.markdown.grammar import FIELDS, LABELS, SECTIONS, TITLES, Shape
from opsloop.markdown.reading import BULLET, FIELD, parse
from opsloop.markdown.writing import body_of, bullet, field, fields_of, heading, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Entry, Kind

_FIELD_ORDER: Final = {label: rank for rank, label in enumerate(FIELDS)}
_SECTION_ORDER: Final = {title: rank for rank, title in enumerate(SECTIONS)}
_BEFORE_METADATA: Final = _SECTION_ORDER["Metadata"] - 0.5


class _Section(NamedTuple):
    """Where a section stands, as line numbers: its heading, and the end of its text (half-open)."""

    title: str
    start: int
    end: int


def rewrite(raw: bytes, wanted: Entry, default: Kind = "learning") -> bytes:
    """The bytes of ``raw`` with the changes that make it say ``wanted``; raises Conflict where that can't be done."""
    old = parse(raw.decode("utf-8", "replace"), default)
    new = parse(render(wanted), default)
    if new == old:
        return raw
    text = _Text(raw.decode("utf-8", "surrogateescape"))
    if old.title != new.title:
        text.replace(0, 1, [heading(new)])
    before, after = dict(fields_of(old)), dict(fields_of(new))
    for label in {**before, **after}:
        if before.get(label) != after.get(label):
            text.set_field(label, after.get(label))
    for title, (attribute, shape) in SECTIONS.items():
        text.set_section(title, shape, getattr(old, attribute), getattr(new, attribute))
    for title in {**old.extra_sections, **new.extra_sections}:
        text.set_section(title, Shape.TEXT, old.extra_sections.get(title), new.extra_sections.get(title))
    changed = "\n".join(text.lines).encode("utf-8", "surrogateescape")
    if parse(changed.decode("utf-8", "replace"), default) != new:
        msg = f"{old.id} is written in a way that this change does not fit into; edit it by hand"
        raise Conflict(msg)
    return changed


class _Text:
    """The lines of one entry while they are changed; new ones end as the first one does."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._carriage_return = "\r" if self.lines[0].endswith("\r") else ""

    def replace(self, start: int, end: int, lines: list[str]) -> None:
        """Put ``lines`` in the place of [start, end)."""
        self.lines[start:end] = [line + self._carriage_return for line in lines]

    def set_field(self, label: str, value: str | None) -> None:
        """Change, add or remove one ``**Label**: value`` line."""
        after = 0
        for number in range(1, self._head_end()):
            match = FIELD.match(self._line(number))
            if not match:
                continue
            written = LABELS.get(match["label"].strip().lower(), match["label"].strip())
            if written == label:
                self.replace(number, number + 1, [] if value is None else [f"{match['before'].rstrip()} {value}"])
                return
            if _FIELD_ORDER.get(written, len(FIELDS)) <= _FIELD_ORDER.get(label, len(FIELDS)):
                after = number
        if value is not None:
            self.replace(after + 1, after + 1, [field(label, value)] if after else ["", field(label, value)])

    def set_section(self, title: str, shape: Shape, old: Any, new: Any) -> None:
        """Change, add or remove what stands under ``### title``."""
        if old == new:
            return
        places = [section for section in self._sections() if section.title == title]
        if not places:
            place = self._place_for(title)
            self.replace(place, place, ["", f"### {title}", *body_of(shape, new).split("\n")])
            return
        for repeated in reversed(places[1:]):
            self._remove(repeated)
        section = places[0]
        if not new:
            self._remove(section)
        elif isinstance(new, dict) and len(places) == 1 and old.get("") == new.get(""):
            self._set_bullets(section, old, new, bold=shape is Shape.BOLD_BULLETS)
        else:
            self.replace(section.start + 1, section.end, body_of(shape, new).split("\n"))

    def _set_bullets(self, section: _Section, old: Mapping[str, str], new: Mapping[str, str], *, bold: bool) -> None:
        """Change single bullets. Edits are made from the last line up, so that line numbers stay true."""
        written: set[str] = set()
        edits: list[tuple[int, int, list[str]]] = []
        for label, start, end in self._bullets(section):
            if old.get(label) != new.get(label):
                keep = label in new and label not in written
                edits.append((start, end, bullet(label, new[label], bold=bold).split("\n") if keep else []))
            written.add(label)
        added = [bullet(label, value, bold=bold) for label, value in new.items() if label and label not in written]
        edits.append((section.end, section.end, "\n".join(added).split("\n") if added else []))
        for start, end, lines in reversed(edits):
            self.replace(start, end, lines)

    def _bullets(self, section: _Section) -> list[tuple[str, int, int]]:
        """(label, first line, end) of each labelled bullet with the indented lines that continue it."""
        lines = range(section.start + 1, section.end)
        starts = [number for number in lines if self._line(number).strip() and self._line(number)[0] not in " \t"]
        found = []
        for start, following in pairwise([*starts, section.end]):
            if match := BULLET.match(self._line(start)):
                found.append(((match["bold"] or match["plain"]).strip(), start, self._trimmed(start, following)))
        return found

    def _remove(self, section: _Section) -> None:
        """Take out a section with the blank line before it."""
        blank = not self._line(section.start - 1).strip()
        self.lines[section.start - blank : section.end] = []

    def _place_for(self, title: str) -> int:
        """The line at which a new section goes, so that sections stand in written order."""
        sections = self._sections()
        if title == "Resolution" and (metadata := [section.end for section in sections if section.title == "Metadata"]):
            return metadata[-1]
        rank = _SECTION_ORDER.get(title, _BEFORE_METADATA)
        place = self._head_end()
        for section in sections:
            if _SECTION_ORDER.get(section.title, _BEFORE_METADATA) > rank:
                break
            place = section.end
        return place

    def _sections(self) -> list[_Section]:
        lines = [self._line(number) for number in range(len(self.lines))]
        outside = fences.outside(lines)
        starts = [n for n, line in enumerate(lines) if n and outside[n] and line.startswith("### ")]
        titles = [lines[start][4:].strip() for start in starts]
        return [
            _Section(TITLES.get(title.lower(), title), start, self._trimmed(start, end))
            for title, (start, end) in zip(titles, pairwise([*starts, self._text_end()]), strict=True)
        ]

    def _head_end(self) -> int:
        sections = self._sections()
        return self._trimmed(0, sections[0].start if sections else self._text_end())

    def _text_end(self) -> int:
        """Where the entry's text ends: before the rule that closes it and the blank lines around that."""
        end = self._trimmed(0, len(self.lines))
        return self._trimmed(0, end - 1) if self._line(end - 1) == "---" else end

    def _trimmed(self, start: int, end: int) -> int:
        """``end`` without the blank lines before it."""
        while end > start + 1 and not self._line(end - 1).strip():
            end -= 1
        return end

    def _line(self, number: int) -> str:
        return self.lines[number].removesuffix("\r")
