"""Where the journal's files are and how they begin: flat, or stacked beside other skills' folders."""

from __future__ import annotations

from contextlib import contextmanager
from errno import EEXIST
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from opsloop.errors import OutsideFailed
from opsloop.model import AREAS, CATEGORIES, ENTRY_KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Gitignore = Literal["local", "tracked", "hybrid"]

LEARNINGS: Final = ".learnings"
STACKED: Final = "operations"
ARCHIVE: Final = "archive"

HEADERS: Final[dict[Kind, str]] = {
    "learning": (
        "# Operations Learnings\n\n"
        "Process bottlenecks, incident patterns, capacity insights, automation gaps, and toil patterns captured during"
        " operations work.\n\n"
        f"**Categories**: {' | '.join(CATEGORIES)}\n"
        f"**Areas**: {' | '.join(AREAS)}\n\n---\n"
    ),
    "issue": (
        "# Operations Issues Log\n\n"
        "Incidents, outages, SLA breaches, capacity problems, and automation failures.\n\n---\n"
    ),
    "feature": (
        "# Feature Requests\n\nOperations tooling, automation, monitoring, and process improvement requests.\n\n---\n"
    ),
}
_INDEX: Final = (
    "# Learnings Index\n\nEach skill keeps its own folder; read any, write only your own.\n\n"
    "| Skill | Folder |\n|-------|--------|\n| operations | [operations/](operations/) |\n"
)
_IGNORED: Final[dict[Gitignore, str]] = {"local": ".learnings/", "hybrid": ".learnings/**/*.md"}


class Made(NamedTuple):
    """What ``init`` did, as paths relative to the root."""

    created: list[str]
    existing: list[str]
    changed: list[str]


class Layout:
    """The paths of one project's journal. Stacked when ``.learnings/operations`` exists."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def folder(self) -> Path:
        """The folder that this skill writes to, and no other. Raises OutsideFailed where it may not be entered, or
        something else has its name.
        """
        home = self.root / LEARNINGS
        with _entered(home):
            stacked = home / STACKED
            if home.exists() and not home.is_dir():
                raise FileExistsError(EEXIST, "it is not a folder")
            return stacked if stacked.is_dir() else home

    def home(self, kind: Kind) -> Path:
        """The file that new entries of a kind are appended to."""
        return self.folder / ENTRY_KINDS[kind][1]

    def archived(self, kind: Kind, year: str) -> Path:
        """The file that closed entries of a year are moved to."""
        return self.folder / ARCHIVE / year / ENTRY_KINDS[kind][1]

    def files(self, *, archived: bool = True) -> list[tuple[Path, Kind]]:
        """The files that are there, with the kind of what they hold: live ones first, then the archive by year."""
        folder = self.folder
        with _entered(folder):
            return self._files(folder, archived=archived)

    @staticmethod
    def _files(folder: Path, *, archived: bool) -> list[tuple[Path, Kind]]:
        found = [(folder / name, kind) for kind, (_, name) in ENTRY_KINDS.items()]
        if archived and (folder / ARCHIVE).is_dir():
            years = sorted((folder / ARCHIVE).iterdir())
            found += [(year / name, kind) for year in years for kind, (_, name) in ENTRY_KINDS.items()]
        return [(path, kind) for path, kind in found if path.is_file()]

    def relative(self, path: Path) -> str:
        """``path`` as it is written to people: relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def init(self, *, stacked: bool, gitignore: Gitignore | None) -> Made:
        """Create what is missing. Nothing that exists is overwritten; an ignore file may get a line at its end."""
        made = Made([], [], [])
        with _entered(self.root / LEARNINGS):
            if stacked:
                (self.root / LEARNINGS / STACKED).mkdir(parents=True, exist_ok=True)
            self._make(made, gitignore)
        return made

    def _make(self, made: Made, gitignore: Gitignore | None) -> None:
        for kind, header in HEADERS.items():
            self._create(self.home(kind), header, made)
        if self.folder.name == STACKED:
            self._create(self.root / LEARNINGS / "INDEX.md", _INDEX, made)
        if gitignore == "hybrid":
            self._create(self.folder / ".gitkeep", "", made)
        if gitignore in _IGNORED:
            self._ignore(_IGNORED[gitignore], made)

    def _create(self, path: Path, text: str, made: Made) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            made.existing.append(self.relative(path))
        else:
            made.created.append(self.relative(path))

    def _ignore(self, pattern: str, made: Made) -> None:
        path = self.root / ".gitignore"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
        if text is None:
            self._create(path, pattern + "\n", made)
        elif pattern in text.splitlines():
            made.existing.append(".gitignore")
        else:
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(("" if text.endswith("\n") or not text else "\n") + pattern + "\n")
            made.changed.append(".gitignore")


@contextmanager
def _entered(folder: Path) -> Iterator[None]:
    """Say in one line why the journal's folder cannot be used."""
    try:
        yield
    except OSError as error:
        msg = f"{folder} cannot be used: {error.strerror or error}; see to its permissions, or move it out of the way"
        raise OutsideFailed(msg) from None
