"""Tables that tools print: which cell stands under which heading."""

from __future__ import annotations

from opsloop.rules.compiled import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING = r"[A-Z][A-Z0-9()%/_.-]*(?: [A-Z][A-Z0-9()%/_.-]*)*"
_AGE = r"(?:(\d+)y)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?"
_SECONDS = (31_536_000, 86_400, 3_600, 60, 1)


def rows(text: str) -> Iterator[tuple[dict[str, str], str]]:
    """Each row of each table as heading -> cell, with its line. A table starts with a line of capitals."""
    heading = compiled(_HEADING)
    headings: list[tuple[int, str]] = []
    for line in text.expandtabs(8).split("\n"):
        found = [(match.start(), match.group()) for match in heading.finditer(line)]
        if len(found) >= 2 and not heading.sub("", line).strip():
            headings = _apart(line, found)
        elif not line.strip():
            headings = []
        elif headings:
            yield _cells(line, headings), line
    return


def _apart(line: str, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Headings set apart by one blank only are still separate columns where the line has no wider gaps."""
    if "  " in line.strip():
        return found
    return [(match.start(), match.group()) for match in compiled(r"\S+").finditer(line)]


def _cells(line: str, headings: list[tuple[int, str]]) -> dict[str, str]:
    parts = compiled(r"\s{2,}").split(line.strip())
    words = line.split()
    if len(parts) == len(headings):
        return dict(zip((name for _, name in headings), parts, strict=True))
    if len(words) == len(headings):
        return dict(zip((name for _, name in headings), words, strict=True))
    ends = [start for start, _ in headings[1:]] + [len(line)]
    return {name: line[start:end].strip() for (start, name), end in zip(headings, ends, strict=True)}


def age_seconds(cell: str) -> int:
    """``5m30s``, ``2d`` and their like in seconds; 0 for what is no age."""
    match = compiled(_AGE).fullmatch(cell.strip())
    return sum(int(part or 0) * size for part, size in zip(match.groups(), _SECONDS, strict=True)) if match else 0
