"""A process that works on a shared lake until it is told to stop, or killed: ``python lakewriter.py ROLE ROOT LAKE NAME``.

A receiver stores signals, notes in ``ROOT/acknowledged`` what it was told is stored, and seals; a compactor merges and
deletes at once. Both end soon after ``ROOT/stop`` appears, a receiver with a last seal.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stores import NOW, signal, store_in

from opsloop.signals import Store

PAUSE_S = 0.8
"""Between two turns of a receiver: several of them must not be faster than one simulated object store."""
SHARED_EVENTS = 36
"""Events that every receiver is told of."""


def first_number(name: str) -> int:
    """Where the numbers of a receiver's own events begin: ``receiver2`` has 300,000 and so on."""
    return 100_000 * (1 + int(name[-1]))


def receive(store: Store, root: Path, name: str) -> None:
    acknowledged = root / "acknowledged"
    dice = random.Random(f"{name} {time.time_ns()}")
    turn = len(acknowledged.read_text().split()) if acknowledged.exists() else 0
    with acknowledged.open("a") as notes:
        while not (root / "stop").exists():
            own = range(first_number(name) + turn, first_number(name) + turn + 5)
            arrived = [signal(number, at=NOW - timedelta(hours=dice.randrange(30))) for number in own]
            arrived += [signal(dice.randrange(SHARED_EVENTS)) for _ in range(2)]
            store.append(arrived, origin=name, now=datetime.now(UTC))
            notes.write("".join(f"{one.id}\n" for one in arrived))
            notes.flush()
            turn += 7
            if dice.random() < 0.5:
                store.seal(datetime.now(UTC))
            time.sleep(PAUSE_S)
    store.seal(datetime.now(UTC))


def compact(store: Store, root: Path) -> None:
    while not (root / "stop").exists():
        store.compact(datetime.now(UTC))
        with (root / "acknowledged").open("a") as notes:
            notes.write("compaction\n")
        time.sleep(0.3)


if __name__ == "__main__":
    role, root, lake, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    working = store_in(root, lake=lake, keep_replaced_hours=0)
    if role == "receiver":
        receive(working, root, name)
    else:
        compact(working, root)
