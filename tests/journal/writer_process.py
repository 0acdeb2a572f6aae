"""A process that appends entries for tests: prints each id when the append has returned, that is, acknowledged it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from opsloop.journal import Journal
from opsloop.model import Entry


def main(root: str, name: str, count: str) -> None:
    journal = Journal(Path(root), redact=str)
    for number in range(int(count)):
        entry = journal.append(
            Entry(
                kind="issue",
                name=f"{name}_{number}",
                logged="2026-01-31T12:00:00Z",
                summary="Pool ran full " * 20,
                mitigation="```bash\nkubectl scale deploy/api --replicas 5\n```",
                metadata={"Service": name},
            )
        )
        if number % 5 == 4:
            journal.edit(entry.id, lambda old: replace(old, status="resolved"))
        sys.stdout.write(f"{entry.id} {entry.name}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
