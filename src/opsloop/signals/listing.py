"""Which files of the lake count, so that a reader sees each signal exactly once.

    day=2026-01-31/20260131T120000Z-STORE-4f1c22ab.parquet          sealed by STORE
    day=2026-01-31/20260201T030000Z-STORE-9b07d1e0-MAKER.parquet    merged by MAKER from files of STORE

Every file appears whole and never changes. A merged file tells in its footer which sealed files it holds, so it takes
their place in the moment it appears, whoever made it and whatever else was made at the same time: a file counts unless
another one holds all that it holds. Replaced files stay for a while, for readers that listed them before.

Names and footers mostly prove that no signal is in two places. Where they don't (several stores, a seal between the
two looks, two merges that overlap), ``disjoint`` is False and the reader keeps one row an id.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from opsloop.errors import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opsloop.signals.hot import HotStore, Snapshot
    from opsloop.signals.place import Place

SUFFIX: Final = ".parquet"
HOLDS: Final = b"opsloop.holds"
"""The footer's key: a JSON list of the bare names of the sealed files whose rows a merged file holds."""
TIME: Final = "%Y%m%dT%H%M%SZ"
_LOOKS: Final = 5

Held = frozenset[str]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LakeFile:
    """A file of the lake, as its path tells: ``maker`` is the store that merged it, empty for a sealed one."""

    day: str
    name: str
    store: str
    maker: str = ""

    @classmethod
    def of(cls, path: str) -> LakeFile:
        """Read ``day=2026-01-31/NAME.parquet``; raises OutsideFailed for a name that is none of ours."""
        day, _, name = path.removesuffix(SUFFIX).partition("/")
        match name.split("-"):
            case [_, store, _]:
                return cls(day=day, name=name, store=store)
            case [_, store, _, maker]:
                return cls(day=day, name=name, store=store, maker=maker)
        message = f"{path} in the lake was not written by opsloop; move it away"
        raise OutsideFailed(message)

    @property
    def path(self) -> str:
        """Relative to the lake."""
        return f"{self.day}/{self.name}{SUFFIX}"

    @property
    def made_at(self) -> datetime:
        """When it was begun, by its maker's clock."""
        return datetime.strptime(self.name.partition("-")[0], TIME).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files to read; ``disjoint`` when surely no id is in two of them, or in one and the hot snapshot."""

    paths: tuple[str, ...] = ()
    disjoint: bool = True


class Vanished(OutsideFailed):
    """Files were replaced and deleted after they had been listed, later than they are kept for that."""


def steadily(look: Callable[[], Result]) -> Result:
    """What ``look`` returns; it looks anew where files vanished under it. Raises OutsideFailed if they go on to."""
    for _ in range(_LOOKS):
        try:
            return look()
        except (FileNotFoundError, Vanished):
            continue
    message = "files of the lake vanish while it is read; try again, and look who deletes them"
    raise OutsideFailed(message)


def listing(place: Place, hot: HotStore, snapshot: Snapshot) -> Listing:
    """What counts beside a snapshot that was opened before. Raises FileNotFoundError where a file went meanwhile."""
    files = [LakeFile.of(path) for path in place.paths()]
    with hot.snapshot() as later:
        still = (later.sealed_through, later.batch) == (snapshot.sealed_through, snapshot.batch)
    if snapshot.batch is not None:
        files = [file for file in files if file.name != snapshot.batch]
        still &= not any(file.maker not in ("", snapshot.store) for file in files if file.store == snapshot.store)
    counted = list[LakeFile]()
    for group in grouped(files).values():
        held = holdings(place, group)
        kept = [file for file in group if not replaced_by(file, held)]
        counted += kept
        still &= sum(len(held[file]) for file in kept) == len(frozenset[str]().union(*(held[file] for file in kept)))
    stores = {file.store for file in counted}
    if next(snapshot.rows(tail="LIMIT 1"), None) is not None:
        stores.add(str(snapshot.store))
    return Listing(paths=tuple(file.path for file in sorted(counted)), disjoint=still and len(stores) <= 1)


def grouped(files: Iterable[LakeFile]) -> Mapping[tuple[str, str], list[LakeFile]]:
    """The files by day and store: only these ever take each other's place."""
    groups = defaultdict(list)
    for file in files:
        groups[file.day, file.store].append(file)
    return groups


def holdings(place: Place, group: Iterable[LakeFile]) -> dict[LakeFile, Held]:
    """The names of the sealed files that each of one day and store holds; footers are read only where files stand
    side by side. Raises FileNotFoundError for a file that has gone meanwhile.
    """
    files = list(group)
    if len(files) == 1:
        return {files[0]: frozenset({files[0].name})}
    return {file: _held(place, file) if file.maker else frozenset({file.name}) for file in files}


def replaced_by(file: LakeFile, held: Mapping[LakeFile, Held]) -> list[LakeFile]:
    """The merged files that hold all that ``file`` holds; of equal ones the last by name stands."""
    mine = held[file]
    return [
        other
        for other, theirs in held.items()
        if other.maker and other != file and mine <= theirs and (mine < theirs or not file.maker or file < other)
    ]


def _held(place: Place, file: LakeFile) -> Held:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with place.open(file.path) as source:
            told = pq.read_metadata(source).metadata or {}
        return frozenset(json.loads(told[HOLDS]))
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        message = f"{file.path} in the lake cannot be read ({error}); restore it, or move it away to go on without it"
        raise OutsideFailed(message) from error
