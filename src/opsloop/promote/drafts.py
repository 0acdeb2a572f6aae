"""A target's files as they would be written."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from opsloop.errors import BadInput, Conflict
from opsloop.promote.merging import block_of, three_way, with_block

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from opsloop.targets import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One file: what it says (``before``; None: there is none), what it would say, what was rendered for it."""

    path: str
    before: str | None
    after: str
    rendered: str
    conflict: bool = False

    @property
    def diff(self) -> str:
        """Unified; "" where nothing changes. Of a picture only that it changes: nobody reads its source."""
        if self.before != self.after and self.path.endswith(".svg"):
            return (
                f"Picture {self.path} {'changes' if self.before else 'is new'} ({len(self.after)} characters of SVG)\n"
            )
        old, new = (text.splitlines(keepends=True) for text in (self.before or "", self.after))
        name = f"a/{self.path}" if self.before is not None else "/dev/null"
        return "".join(_ended(line) for line in unified_diff(old, new, name, f"b/{self.path}"))


class Bases:
    """What was last rendered for each file, kept under ``folder``: the common ancestor of the next merge."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, path: str) -> Path:
        """Where the base of a promoted file is kept."""
        return self._folder / path

    def get(self, path: str) -> str | None:
        """The last rendering; None where this file was never promoted."""
        kept = self.path(path)
        return kept.read_bytes().decode("utf-8") if kept.is_file() else None


def draft_all(form: Form, files: Mapping[str, str], *, root: Path, bases: Bases) -> list[Draft]:
    """A draft a file. Raises Conflict where a file that is written once is there already."""
    return [
        _draft(form, path, text, read=lambda name: read(root, name), base=bases.get(path))
        for path, text in files.items()
    ]


def inside(root: Path, path: str) -> Path:
    """The file in the project; raises BadInput for a path that leads out of it."""
    full = (root / path).resolve()
    if not full.is_relative_to(root.resolve()) or full == root.resolve():
        msg = f"{path} leads out of the project; targets write to relative folders inside it"
        raise BadInput(msg)
    return full


def read(root: Path, path: str) -> str | None:
    """A file's text as it stands; None where there is none."""
    full = inside(root, path)
    try:
        return full.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (UnicodeDecodeError, IsADirectoryError, NotADirectoryError):
        msg = f"{path} is there and is no UTF-8 text file; move it away or set another place in [targets]"
        raise BadInput(msg) from None


def _draft(form: Form, path: str, text: str, *, read: Callable[[str], str | None], base: str | None) -> Draft:
    before = read(path)
    if before is None:
        return Draft(path=path, before=None, after=with_block("", text) if form.block else text, rendered=text)
    if form.once:
        msg = f"{path} exists and is never overwritten; choose another name with --name"
        raise Conflict(msg)
    crlf = "\r\n" in before
    current = before.replace("\r\n", "\n") if crlf else before
    ours = block_of(current) if form.block else current
    merged = three_way(base or "", ours, text) if ours is not None else None
    body = merged.text if merged else text
    after = with_block(current, body) if form.block else body
    return Draft(
        path=path,
        before=before,
        after=after.replace("\n", "\r\n") if crlf else after,
        rendered=text,
        conflict=bool(merged and merged.conflict),
    )


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
