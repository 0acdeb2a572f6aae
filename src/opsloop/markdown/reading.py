"""An entry's text -> Entry. Takes everything: missing and unknown parts, other spellings, CRLF.

Written for speed (splits, not line loops): a journal of 100,000 entries is parsed in a few seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.markdown import fences
from opsloop.markdown.grammar import FIELDS, LABELS, SECTIONS, TITLES, Shape, title_attribute
from opsloop.model import ENTRY_KINDS, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_KIND_OF: Final[dict[str, Kind]] = {prefix: kind for kind, (prefix, _) in ENTRY_KINDS.items()}
FIELD: Final = re.compile(r"(?P<before>(?:[-*+] +)?\*\*(?P<label>[^*\n]+?)(?:\*\*:|:\*\*)[ \t]*)(?P<value>.*)")
BULLET: Final = re.compile(
    r"(?P<before>(?:[-*+] +)?\*\*(?P<bold>[^*\n]+?)(?:\*\*:|:\*\*)(?:[ \t]+|$)"
    r"|[-*+] +(?P<plain>[^\n]+?):(?:[ \t]+|$))(?P<value>.*)"
)
_ITEM: Final = re.compile(r"[-*+] +(?:\[([ xX])\](?: +|$))?(.*)")
_RULE_ROW: Final = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+\s*")
_CELL_END: Final = re.compile(r"(?<!\\)\|")


def parse(text: str, default: Kind = "learning") -> Entry:
    """Read one entry: its text from ``## [`` to the next entry. ``default`` is the kind where the id tells none."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.rstrip().removesuffix("\n---")
    head, *sections = sections_of(text)
    heading, _, head = head.partition("\n")
    entry_id, _, title = heading[4:].partition("]")
    kind = _KIND_OF.get(entry_id.partition("-")[0].upper(), default)
    values: dict[str, Any] = {"kind": kind, "id": entry_id, "status": None, "skill": None}
    extra_sections: dict[str, str] = {}
    intro = _read_fields(head, values)
    if title := title.strip():
        values[title_attribute(kind)] = title
    for section in sections:
        _read_section(section, values, extra_sections)
    if intro:
        extra_sections[""] = intro
    if extra_sections:
        values["extra_sections"] = extra_sections
    return Entry(**values)


def sections_of(text: str) -> list[str]:
    """Cut at lines ``### `` outside code fences; the first part is heading and fields."""
    parts = text.split("\n### ")
    if len(parts) == 1 or not fences.has_fences(text):
        return parts
    lines = text.split("\n")
    cuts = [
        number
        for number, (line, free) in enumerate(zip(lines, fences.outside(lines), strict=True))
        if free and number and line.startswith("### ")
    ]
    bounds = zip([0, *cuts], [*cuts, len(lines)], strict=True)
    return ["\n".join(lines[start:end])[4 * bool(start) :] for start, end in bounds]


def _read_fields(head: str, values: dict[str, Any]) -> str:
    """Read ``**Label**: value`` lines into ``values``; returns the lines that are none. The first of a label wins."""
    extra: dict[str, str] = {}
    intro: list[str] = []
    for line in head.split("\n"):
        if line.startswith("**") and (end := line.find("**:")) > 2:
            label, value = line[2:end], line[end + 3 :]
        elif match := FIELD.match(line):
            label, value = match["label"], match["value"]
        else:
            if line or intro:
                intro.append(line)
            continue
        known = label if label in FIELDS else LABELS.get(label.strip().lower())
        if known:
            if not values.get(FIELDS[known]):
                values[FIELDS[known]] = value.strip() or None
        else:
            extra.setdefault(label.strip(), value.strip())
    if extra:
        values["extra_fields"] = extra
    return fences.unescape("\n".join(intro).strip()) if intro else ""


def _read_section(section: str, values: dict[str, Any], extra: dict[str, str]) -> None:
    title, _, body = section.partition("\n")
    known = title if title in SECTIONS else TITLES.get(title.strip().lower())
    body = body.strip()
    if known is None:
        title = title.strip()
        extra[title] = _joined(extra.get(title, ""), fences.unescape(body))
        return
    attribute, shape = SECTIONS[known]
    if shape is Shape.TEXT:
        values[attribute] = _joined(values.get(attribute, ""), fences.unescape(body))
    elif body:
        read = _READERS[shape](body)
        before = values.get(attribute)
        if before:
            read = {**before, **read} if isinstance(before, dict) else before + read
        values[attribute] = read


def _joined(before: str, body: str) -> str:
    return f"{before}\n\n{body}" if before else body


def _read_bullets(body: str) -> dict[str, str]:
    """Labelled bullets; what has no label stands under "". A label written twice keeps both values."""
    items: dict[str, str] = {}
    label = ""
    for line in body.split("\n"):
        if line.startswith("- ") and not line.startswith("- **") and (end := line.find(": ", 2)) > 2:
            label, value = line[2:end], line[end + 2 :].lstrip()
        elif match := BULLET.match(line):
            label, value = (match["bold"] or match["plain"]).strip(), match["value"].lstrip()
        elif label and (line.startswith((" ", "\t")) or not line):
            items[label] += "\n" + (line[2:] if line.startswith("  ") else line.lstrip())
            continue
        else:
            label = ""
            items[""] = f"{items['']}\n{line}" if "" in items else line
            continue
        items[label] = f"{items[label]}, {value}" if items.get(label) else value
    return {label: _continued(value) if label else fences.unescape(value.rstrip()) for label, value in items.items()}


def _continued(value: str) -> str:
    """Undo the escapes in the lines after the first."""
    first, _, rest = value.rstrip().partition("\n")
    return f"{first}\n{fences.unescape(rest)}" if rest else first


def _read_table(body: str) -> tuple[tuple[str, str], ...]:
    """(time, event) rows; a line that is no row is an event without a time."""
    lines = [line.strip() for line in body.split("\n")]
    if len(lines) > 1 and lines[0].startswith("|") and _RULE_ROW.fullmatch(lines[1]):
        lines = lines[2:]
    return tuple(_row(line) for line in lines if line)


def _row(line: str) -> tuple[str, str]:
    if not line.startswith("|"):
        return "", line
    cells = _CELL_END.split(line[1:-1] if line.endswith("|") and not line.endswith("\\|") else line[1:])
    time, *events = (cell.strip().replace("\\|", "|") for cell in cells)
    return time, " | ".join(events)


def _read_checklist(body: str) -> tuple[str, ...]:
    """Items; a checked one begins with ``[x] ``."""
    items: list[str] = []
    for line in body.split("\n"):
        if match := _ITEM.match(line):
            items.append(("[x] " if match[1] in ("x", "X") else "") + match[2].lstrip())
        elif items and (line.startswith((" ", "\t")) or not line):
            items[-1] += "\n" + (line[2:] if line.startswith("  ") else line.lstrip())
        else:
            items.append(line.strip())
    return tuple(_continued(item) for item in items if item)


_READERS: Final[dict[Shape, Callable[[str], Any]]] = {
    Shape.BULLETS: _read_bullets,
    Shape.BOLD_BULLETS: _read_bullets,
    Shape.TABLE: _read_table,
    Shape.CHECKLIST: _read_checklist,
}
