"""The journal at 100,000 entries against 100, and against ``grep -c`` over the same bytes.

python bench/journal.py [ENTRIES]; every figure is the median of runs taken in turn (A B A B ...) in one process.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from figures import tell

from opsloop.index import Index
from opsloop.journal import Journal
from opsloop.markdown import render
from opsloop.model import CATEGORIES, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[Callable[[], object]], float]

WORDS = [
    f"{head}{tail}"
    for head in ["pool", "queue", "disk", "latency", "deploy", "certificate", "replica", "cache"]
    for tail in ("", "s", "ing", "_full", "_slow", "_lost", "_retry", "_drain")
]
RUNS = 7


def learning(number: int, dice: random.Random) -> Entry:
    """An entry of about 1.3 KB, the size of a real one."""

    def text(length: int) -> str:
        return " ".join(dice.choices(WORDS, k=length))

    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * number)
    return Entry(
        kind="learning",
        id=f"LRN-{at:%Y%m%d}-{number:06d}",
        category=dice.choice(CATEGORIES),
        logged=at.isoformat(),
        priority="medium",
        area="monitoring",
        summary=text(10),
        details=text(60) + ("\n\n```\n" + text(8) + "\n```" if number % 10 == 0 else ""),
        impact={"Blast Radius": text(4), "Duration": "40 min"},
        metrics={"MTTR": "40 min", "Frequency": "weekly"},
        suggested_action=text(15),
        metadata={
            "Source": "incident",
            "Service": dice.choice(WORDS),
            "Tags": text(2),
            "Pattern-Key": f"x.{number % 997}",
        },
    )


def write(root: Path, count: int) -> Path:
    """A journal of ``count`` entries, written as one file."""
    journal = Journal(root, redact=str)
    journal.init()
    dice = random.Random(7)
    path = journal.layout.home("learning")
    with path.open("a", encoding="utf-8") as file:
        file.writelines("\n" + render(learning(number, dice)) for number in range(count))
    return path


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    done = work()
    taken = time.perf_counter() - start
    del done  # giving a result back is not part of the work
    return taken


def busy_seconds(work: Callable[[], object]) -> float:
    """CPU time, also that of a process it starts: what only reads and computes takes the same on a busy machine."""
    before = cpu()
    done = work()
    taken = cpu() - before
    del done
    return taken


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def in_turn(*works: Callable[[], object], runs: int = RUNS, clock: Clock = seconds) -> list[float]:
    """Median seconds of each, run in turn."""
    taken = [[clock(work) for work in works] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def report(what: str, value: float, limit: float, unit: str) -> bool:
    return tell(what, value, unit, at_most=limit)


def reading(root: Path, path: Path) -> bool:
    def grep() -> None:
        subprocess.run(["grep", "-c", r"Status\*\*: pending", str(path)], check=True, capture_output=True)

    grep_s, parse_s = in_turn(grep, lambda: Journal(root, redact=str).entries(), clock=busy_seconds)
    print(f"CPU time: grep -c {grep_s * 1000:.0f} ms, full parse {parse_s * 1000:.0f} ms")
    journal, index = Journal(root, redact=str), Index(root / "index.sqlite")
    print(f"index built in {seconds(lambda: index.refresh(journal)):.1f} s")

    def edit_by_hand() -> None:
        data = path.read_bytes()
        at = data.rindex(b"pool", 0, len(data) // 2)
        path.write_bytes(data[:at] + b"sink" + data[at + 4 :])

    found = []
    for _ in range(RUNS):
        edit_by_hand()
        found.append((busy_seconds(grep), busy_seconds(lambda: index.refresh(journal))))
    grep_s, changed_s = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"CPU time: grep -c {grep_s * 1000:.0f} ms, following one hand edit {changed_s * 1000:.0f} ms")
    return report("full parse / grep -c", parse_s / grep_s, 25, "x") & report(
        "finding what changed / grep -c", changed_s / grep_s, 6, "x"
    )


def writing(large: Path, small: Path) -> bool:
    journals = [Journal(root, redact=str) for root in (large, small)]
    index = Index(large / "index.sqlite")
    dice = random.Random(1)

    def entry() -> Entry:
        return Entry(kind="learning", category="automation_gap", summary=" ".join(dice.choices(WORDS, k=9)))

    for journal in journals:
        journal.append(entry())
    at_large, at_small = in_turn(*[lambda journal=journal: journal.append(entry()) for journal in journals], runs=101)
    print(f"append {at_large * 1000:.2f} ms at many, {at_small * 1000:.2f} ms at few")
    index.refresh(journals[0])
    single = []
    for _ in range(51):
        journals[0].append(entry())
        single.append(seconds(lambda: index.refresh(journals[0])))
    return report("append at many / append at few", at_large / at_small, 1.5, "x") & report(
        "re-index of one entry", statistics.median(single) * 1000, 2, "ms"
    )


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large"), Path(folder, "small")
        path = write(large, count)
        write(small, 100)
        print(f"{count} entries, {path.stat().st_size / 1e6:.0f} MB")
        good = reading(large, path) & writing(large, small)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
