"""Recall over very many entries: milliseconds a question, and what FTS5 alone takes for the same words.

usage: python bench/recall.py [ENTRIES]
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from figures import tell

from opsloop.index import Index
from opsloop.journal import Journal
from opsloop.model import Entry
from opsloop.recall import recall

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUESTIONS = 60
REACH_MS = 10.0
SERVICES = (
    "checkout",
    "ledger",
    "search",
    "event-bus",
    "gateway",
    "billing",
    "identity",
    "catalogue",
    "mailer",
    "reports",
)
WHAT = (
    *("connection pool exhausted", "replication lag", "certificate expired", "queue backlog grows", "disk nearly full"),
    *(
        "memory leak after deploy",
        "pods restart in a loop",
        "dns lookup fails",
        "rate limit reached",
        "lock contention",
    ),
    *(
        "slow query plan",
        "failover did not promote",
        "cache stampede",
        "clock drift",
        "stale configuration",
        "backup failed",
    ),
)
WHY = (
    *(
        "a migration without an index",
        "a retry storm",
        "a batch job at peak hours",
        "a forgotten limit",
        "a driver upgrade",
    ),
    *(
        "an unrotated secret",
        "a noisy neighbour",
        "a bad flag",
        "a missing alert",
        "a kernel regression",
        "a full partition",
    ),
)


def entries(count: int) -> list[Entry]:
    chance = random.Random(7)
    words = [
        f"{chance.choice('bcdfgklmnprst')}{chance.choice('aeiou')}{chance.choice('lmnrst')}{number:x}"
        for number in range(20_000)
    ]

    def body() -> str:
        return " ".join(chance.choices(words, k=90)) + f" {chance.choice(WHAT)} because of {chance.choice(WHY)}."

    return [
        Entry(
            kind="issue",
            name=f"{chance.choice(SERVICES)} {chance.choice(WHAT)}",
            logged="2025-11-01T00:00:00Z",
            summary=f"{chance.choice(WHAT)} on {chance.choice(words)} because of {chance.choice(WHY)}",
            details=body(),
            metadata={"Service": chance.choice(SERVICES), "Pattern-Key": f"incident_pattern.case_{number % 5000}"},
        )
        for number in range(count)
    ]


def questions() -> list[str]:
    chance = random.Random(11)
    return [f"{chance.choice(SERVICES)}: {chance.choice(WHAT)}, perhaps {chance.choice(WHY)}" for _ in range(QUESTIONS)]


def plain(index: Index, question: str) -> None:
    index.search(" ".join(re.findall(r"\w+", question)), 10)


def measure(index: Index) -> tuple[float, float, float]:
    """Medians in ms, asked in turn: recall, its processor time (a busy machine hides it), plain search."""
    ours, busy, theirs = [], [], []
    for question in questions():
        start, begun = time.perf_counter(), time.process_time()
        recall(index, question, now=NOW.timestamp())
        ours.append(1000 * (time.perf_counter() - start))
        busy.append(1000 * (time.process_time() - begun))
        start = time.perf_counter()
        plain(index, question)
        theirs.append(1000 * (time.perf_counter() - start))
    return statistics.median(ours), statistics.median(busy), statistics.median(theirs)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as root:
        journal = Journal(Path(root), redact=lambda text: text)
        journal.init()
        journal.append_all(entries(count))
        index = Index(Path(root) / "index.sqlite")
        start = time.perf_counter()
        index.refresh(journal)
        print(f"{count} entries indexed in {time.perf_counter() - start:.1f} s")
        median, busy, search = measure(index)
        print(f"recall: p50 {median:.1f} ms ({busy:.1f} ms of processor); plain FTS5, same words: p50 {search:.1f} ms")
        tell("recall / plain FTS5", median / search, "x")
        tell(f"recall over {count} entries, p50", median, "ms", at_most=REACH_MS)


if __name__ == "__main__":
    main()
