"""An entry's text -> Entry. Takes everything: missing and unknown parts, other spellings, CRLF.

Written for speed (splits, not line loops): a journal of 100,000 entries is parsed in a few seconds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from opsloop.markdown import fences
from opsloop.markdown.grammar import FIELDS, LABELS, SECTIONS, TITLES, Shape
from opsloop.model import ENTRY_KINDS, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_KIND_OF: Final[dict[str, Kind]] = {prefix: kind for kind, (prefix, _) in ENTRY_KINDS.items()}
FIELD: Final = re.compile(r"(?P<before>(?:[-*+] +)?\*\*(?P<label>[^*\n]+?)(?:\*\*:|:\*\*)[ \t]*)(?P<value>.*)")
BULLET: Final = re.compile(
    r"(?P<before>(?:[-*+] +)?\*\*(?P<bold>[^*\n]+?)(?:\*\*:|:\*\*)(?:[ \t]+|$)"
    r"|[-*+] +(?P<plain>[^\n]+?):(?:[ \t]+|$))(?P<value>.*)"
)
_LABEL: Final = re.compile(r"- (\*\*)?(?P<label>[^*:\s](?:[^*:]*[^*:\s])?)(?(1)\*\*)")
_LOGGED: Final = "**Logged**: "
_FIELD_STARTS: Final = {f"**{label}**: ": attribute for label, attribute in FIELDS.items()}
_LABELS_KEPT: Final = 1024
_ITEM: Final = re.compile(r"[-*+] +(?:\[([ xX])\](?: +|$))?(.*)")
_RULE_ROW: Final = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+\s*")
_CELL_END: Final = re.compile(r"(?<!\\)\|")


def parse(text: str, default: Kind = "learning") -> Entry:
    """Read one entry: its text from ``## [`` to the next entry. ``default`` is the kind where the id tells none."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    parts = sections_of(text)
    parts[-1] = parts[-1].rstrip().removesuffix("\n---")
    heading, _, head = parts.pop(0).partition("\n")
    entry_id, _, title = heading[4:].partition("]")
    kind = _KIND_OF.get(entry_id[: entry_id.find("-")].upper(), default)
    values = _fields_of(head.strip())
    values["kind"], values["id"] = kind, entry_id
    if title := title.strip():
        values["category" if kind == "learning" else "name"] = title
    readers = _READERS_OF_ESCAPED if "\\" in text else _READERS_OF_PLAIN
    for section in parts:
        title, _, body = section.partition("\n")
        attribute, reader = readers.get(title, _UNKNOWN)
        body = body.strip()
        if not attribute or attribute in values:
            _read_section(title.strip(), body, values)
        elif body:
            values[attribute] = reader(body) if reader else body
    return Entry.of(values)


def sections_of(text: str) -> list[str]:
    """Cut at lines ``### `` outside code fences; the first part is heading and fields."""
    parts = text.split("\n### ")
    if not fences.has_fences(text) or not any(fences.has_fences(part) and fences.left_open(part) for part in parts):
        return parts
    lines = text.split("\n")
    cuts = [
        number
        for number, (line, free) in enumerate(zip(lines, fences.outside(lines), strict=True))
        if free and number and line.startswith("### ")
    ]
    bounds = zip([0, *cuts], [*cuts, len(lines)], strict=True)
    return ["\n".join(lines[start:end])[4 * bool(start) :] for start, end in bounds]


def _fields_of(head: str) -> dict[str, Any]:
    """What stands between the heading and the first section, by attribute."""
    first, _, others = head.partition("\n")
    if first.startswith(_LOGGED) and (usual := _usual_fields(others)):
        return {**usual, "logged": first[len(_LOGGED) :].strip() or usual.get("logged")}
    return _read_fields(head)


@lru_cache(maxsize=4096)
def _usual_fields(lines: str) -> dict[str, Any] | None:
    """The fields that most entries have below the first: few different ones in a journal. None where there is more."""
    values = _read_fields(lines)
    return None if "extra_fields" in values or "extra_sections" in values else values


def _read_fields(lines: str) -> dict[str, Any]:
    """Read ``**Label**: value`` lines, of which the first of a label wins; what is none is a section without title."""
    values: dict[str, Any] = {"status": None, "skill": None}
    extra: dict[str, str] = {}
    intro: list[str] = []
    for line in lines.split("\n"):
        end = line.find(": ") + 2
        value = line[end:].strip()
        attribute = _FIELD_STARTS.get(line[:end])
        if attribute is None:
            label, value = _field(line, intro)
            attribute = FIELDS.get(LABELS.get(label.lower(), ""))
        if attribute is None:
            extra.setdefault(label, value)
        elif not values.get(attribute):
            values[attribute] = value or None
    extra.pop("", None)
    if extra:
        values["extra_fields"] = extra
    if text := fences.unescape("\n".join(intro).strip()):
        values["extra_sections"] = {"": text}
    return values


def _field(line: str, intro: list[str]) -> tuple[str, str]:
    """Label and value of a line; a line that is no field goes to ``intro`` and has no label."""
    if match := FIELD.match(line):
        return match["label"].strip(), match["value"].strip()
    intro.append(line)
    return "", ""


def _read_section(title: str, body: str, values: dict[str, Any]) -> None:
    """A section that the format does not name so, or that stands there a second time."""
    known = TITLES.get(title.lower())
    if known is None:
        if title or body:
            extra = values.setdefault("extra_sections", {})
            extra[title] = _joined(extra.get(title, ""), fences.unescape(body))
        return
    attribute, shape = SECTIONS[known]
    before = values.get(attribute)
    if shape is Shape.TEXT:
        values[attribute] = _joined(before or "", fences.unescape(body))
    elif body:
        read = _READERS[shape](body)
        if before:
            read = {**before, **read} if isinstance(before, dict) else before + read
        values[attribute] = read


def _joined(before: str, body: str) -> str:
    return f"{before}\n\n{body}" if before else body


class _Labels(dict[str, str | None]):
    """The label of ``- Label`` or ``- **Label**``, None for what is neither; a journal has few, again and again."""

    def __missing__(self, start: str) -> str | None:
        if len(self) >= _LABELS_KEPT:
            self.clear()
        match = _LABEL.fullmatch(start)
        label = self[start] = match["label"] if match else None
        return label


_LABEL_OF: Final = _Labels()


def _read_bullets(body: str) -> dict[str, str]:
    """Labelled bullets. Usually each line is one, with a label of its own."""
    lines = body.split("\n")
    items: dict[str | None, str] = {}
    labels = _LABEL_OF
    for line in lines:
        start, found, value = line.partition(": ")
        items[labels[start] if found else None] = value.strip()
    usual = None not in items and len(items) == len(lines)
    return items if usual else _read_loose_bullets(lines)  # type: ignore[return-value]


def _read_loose_bullets(lines: list[str]) -> dict[str, str]:
    """What has no label stands under "", and what is indented belongs to the bullet above it; a label written twice
    keeps both values.
    """
    items: dict[str, str] = {}
    label = ""
    for line in lines:
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
    Shape.TEXT: fences.unescape,
    Shape.BULLETS: _read_bullets,
    Shape.BOLD_BULLETS: _read_bullets,
    Shape.TABLE: _read_table,
    Shape.CHECKLIST: _read_checklist,
}
_READERS_OF_ESCAPED: Final = {title: (attribute, _READERS[shape]) for title, (attribute, shape) in SECTIONS.items()}
"""Title -> attribute and what reads the body, looked up once a section."""
_READERS_OF_PLAIN: Final = {
    title: (attribute, None if reader is fences.unescape else reader)
    for title, (attribute, reader) in _READERS_OF_ESCAPED.items()
}
"""The same for an entry without a backslash: free text is what it says."""
_UNKNOWN: Final = ("", None)
