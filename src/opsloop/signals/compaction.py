"""Few large files instead of many small ones, while others seal, read and compact the same lake.

A compaction of one day of one store goes in two steps, and may die between or within them:

1. The rows of its files are written into one new file, each id once; its footer names the sealed files that it holds.
   From the moment it appears, readers leave those out (``listing``). Before, nothing has changed.
2. Files whose substitute is older than ``keep`` are deleted. Who listed them before had that long to read them.

Nobody holds a lock. Two that merge the same day write two files that hold the same: readers take the later one by
name, and the next compaction deletes the other. A deleted file's rows are always in a file that nobody may delete.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opsloop.signals.listing import HOLDS, TIME, LakeFile, Vanished, grouped, holdings, replaced_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from opsloop.signals.listing import Held
    from opsloop.signals.place import Place

FEWEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What a compaction did: files that were merged, the files they went to, and replaced ones that it deleted."""

    merged: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """How to compact: ``maker`` is the store that does it, ``keep`` how long replaced files stay."""

    maker: str
    now: datetime
    keep: timedelta
    min_files: int = FEWEST
    """How many files of a day and store are worth a merge."""
    only_own: bool = False
    """Leave files of other stores to their owners."""

    def run(self, place: Place) -> Compacted:
        """Merge and delete, day by day. The maker's own seal must not be under way."""
        merged, files, deleted = list[str](), list[str](), list[str]()
        place.clear_drafts()
        for (_, store), group in sorted(grouped(map(LakeFile.of, place.paths())).items()):
            if (self.only_own and store != self.maker) or len(group) < FEWEST:
                continue
            try:
                held = holdings(place, group)
                inputs = [file for file in group if not replaced_by(file, held)]
                if len(inputs) >= max(self.min_files, FEWEST):
                    files.append(self._merge(place, inputs, held))
                    merged += [file.path for file in inputs]
            except (
                FileNotFoundError,
                Vanished,
            ):  # another compaction was here, or retention; what it left is for the next time
                continue
            deleted += self._delete_replaced(place, held)
        return Compacted(merged=tuple(merged), files=tuple(files), deleted=tuple(deleted))

    def _merge(self, place: Place, inputs: Sequence[LakeFile], held: Mapping[LakeFile, Held]) -> str:
        """Write one file with all rows of ``inputs``; returns its path."""
        import pyarrow.parquet as pq

        from opsloop.signals.arrow import GROUP_ROWS, SCHEMA
        from opsloop.signals.engines import sealed_rows

        holds = sorted(frozenset[str]().union(*(held[file] for file in inputs)))
        name = f"{self.now:{TIME}}-{inputs[0].store}-{secrets.token_hex(4)}-{self.maker}"
        path = LakeFile(day=inputs[0].day, name=name, store=inputs[0].store, maker=self.maker).path
        schema = SCHEMA.with_metadata({HOLDS: json.dumps(holds).encode()})
        with place.create(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for table in sealed_rows(place, [file.path for file in inputs]):
                writer.write_table(table, row_group_size=GROUP_ROWS)
        return path

    def _delete_replaced(self, place: Place, held: Mapping[LakeFile, Held]) -> list[str]:
        """Delete what has had a substitute for long enough."""
        old = [file for file in held if any(self.now - other.made_at >= self.keep for other in replaced_by(file, held))]
        for file in old:
            place.delete(file.path)
        return [file.path for file in old]
