"""``[[journals]]``: an organisation looks across the journals of many repositories. Each is read, none is written.

The index over a repository's journal lives here, in ``.opsloop/journals/``, never in the repository. An entry of
another journal is named ``REPOSITORY#ID``. What several repositories know is linked; who owns an entry promotes it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opsloop.errors import BadInput, Forbidden, NotFound, OpsloopError
from opsloop.index import Index
from opsloop.verbs.doctor import Trouble
from opsloop.verbs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsloop.config import JournalRef
    from opsloop.model import Entry

FOLDER: Final = "journals"
_DIGEST: Final = 16
_CHARACTERS_PER_TOKEN: Final = 4

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One repository's journal with its index; ``own`` is the one that is looked from."""

    ws: Workspace
    index: Index
    repository: str
    team: str | None
    own: bool = False

    @property
    def origin(self) -> dict[str, str | None]:
        """What is shown beside everything from here."""
        return {"team": self.team, "repository": self.repository}

    @property
    def label(self) -> str:
        """The same for people."""
        return f"{self.team}, {self.repository}" if self.team else self.repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """What every journal answered, each with its shelf, and the journals that could not be read, with the reason."""

    answers: list[tuple[Shelf, Any]]
    skipped: list[dict[str, str]]


def shelves(ws: Workspace) -> list[Shelf]:
    """The own journal, then the others in the order of the settings. Raises BadInput for one repository named twice."""
    refs = {_root(ws, ref): ref for ref in ws.settings.journals}
    own = refs.pop(ws.root.resolve(), None)
    found = [_shelf(ws, ws.index, own, own_journal=True)]
    for root, ref in refs.items():
        name = hashlib.sha256(str(root).encode()).hexdigest()[:_DIGEST]
        index = Index(ws.state / FOLDER / f"{name}.sqlite")
        found.append(_shelf(Workspace(root, ws.now), index, ref))
    names = [shelf.repository for shelf in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        message = f"[[journals]]: two repositories are called {twice!r}; give each its own 'repository'"
        raise BadInput(message)
    return found


def across(ws: Workspace, ask: Callable[[Shelf], Told]) -> Across:
    """Ask every journal; one that cannot be read is left out and said, but for the own one."""
    answers, skipped = list[tuple[Shelf, Any]](), list[dict[str, str]]()
    for shelf in shelves(ws):
        try:
            if not shelf.own and not shelf.ws.root.is_dir():
                raise NotFound("folder", str(shelf.ws.root))
            answers.append((shelf, ask(shelf)))
        except (OpsloopError, OSError) as error:
            if shelf.own:
                raise
            skipped.append({"repository": shelf.repository, "reason": str(error)})
    return Across(answers=answers, skipped=skipped)


def ranked(ws: Workspace, ask: Callable[[Shelf], list[dict[str, Any]]], *, limit: int) -> dict[str, Any]:
    """``results`` of all journals, best first by their scores, each with team and repository; ``skipped`` journals."""
    told = across(ws, ask)
    hits = [shelf.origin | hit for shelf, found in told.answers for hit in found]
    hits.sort(key=lambda hit: -hit["score"])
    return {"results": hits[:limit], "skipped": told.skipped}


def within(results: list[dict[str, Any]], budget_tokens: int) -> list[dict[str, Any]]:
    """The same with texts cut where they are too long together; what a short one leaves goes to those behind it."""
    left = budget_tokens * _CHARACTERS_PER_TOKEN
    cut = []
    for number, hit in enumerate(results):
        room = left // (len(results) - number)
        text = hit["text"]
        if len(text) > room:
            text = text[: max(room - 1, 0)].rsplit(" ", 1)[0] + "\u2026"
        left -= len(text)
        cut.append(hit | {"text": text})
    return cut


def sections(ws: Workspace, ask: Callable[[Workspace], list[dict[str, Any]]]) -> dict[str, Any]:
    """The sections of every journal's review as one list, and the patterns that several repositories know."""
    told = across(ws, lambda shelf: ask(shelf.ws))
    merged: dict[str, dict[str, Any]] = {}
    for shelf, parts in told.answers:
        for part in parts:
            whole = merged.setdefault(part["name"], part | {"items": []})
            whole["items"] += [
                item | shelf.origin | {"text": f"{shelf.label}: {item['text']}"} for item in part["items"]
            ]
    shared = {"name": "shared_patterns", "title": "Patterns that several repositories know", "items": _shared(ws)}
    return {"sections": [*merged.values(), shared], "skipped": told.skipped}


def own_entry(ws: Workspace, name: str) -> Entry:
    """The entry of this journal; raises Forbidden with the owner where it is in another one's, else NotFound."""
    if not ws.settings.journals:
        return ws.journal.get(name)
    repository, _, entry_id = name.rpartition("#")
    if repository in {"", shelves(ws)[0].repository}:
        try:
            return ws.journal.get(entry_id)
        except NotFound:
            if repository:
                raise
    shelf, _ = elsewhere(ws, name)
    message = f"{name} belongs to {shelf.label}; do this there: opsloop --root {shelf.ws.root} ..."
    raise Forbidden(message)


def elsewhere(ws: Workspace, name: str) -> tuple[Shelf, Entry]:
    """An entry of another journal, as ``REPOSITORY#ID`` or by its id alone; raises NotFound."""
    repository, _, entry_id = name.rpartition("#")
    for shelf in shelves(ws) if ws.settings.journals else ():
        if not shelf.own and shelf.repository == (repository or shelf.repository):
            try:
                return shelf, shelf.ws.journal.get(entry_id)
            except NotFound:
                continue
    raise NotFound("entry", name, hint="'opsloop search' finds entries by their words")


def unreadable(ws: Workspace) -> Iterator[Trouble]:
    """For ``doctor``: journals in the settings that cannot be read."""
    if ws.settings.journals:
        for one in across(ws, lambda shelf: shelf.ws.journal.entries()).skipped:
            fix = "mend it, or take it out of [[journals]] in opsloop.toml"
            yield Trouble(check="journals", where=one["repository"], what=one["reason"], fix=fix)


def _shared(ws: Workspace) -> list[dict[str, Any]]:
    holders: dict[str, list[tuple[Shelf, Entry]]] = defaultdict(list)
    for shelf, entries in across(ws, lambda shelf: shelf.ws.journal.entries(archived=False)).answers:
        for entry in entries:
            if entry.pattern_key:
                holders[entry.pattern_key].append((shelf, entry))
    items = []
    for key, held in sorted(holders.items()):
        if len({shelf.repository for shelf, _ in held}) > 1:
            names = [f"{shelf.repository}#{entry.id}" for shelf, entry in held]
            entries = [shelf.origin | {"id": entry.id, "status": entry.status} for shelf, entry in held]
            items.append({"text": f"{key}: {', '.join(names)}", "pattern_key": key, "entries": entries})
    return items


def _root(ws: Workspace, ref: JournalRef) -> Path:
    return (ws.root / Path(ref.path).expanduser()).resolve()


def _shelf(ws: Workspace, index: Index, ref: JournalRef | None, *, own_journal: bool = False) -> Shelf:
    name = (ref.repository if ref else None) or ws.root.resolve().name
    return Shelf(ws=ws, index=index, repository=name, team=ref.team if ref else None, own=own_journal)
