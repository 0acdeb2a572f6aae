"""Redaction: megabytes a second of text as it comes, and of text made to be slow; beside it one pass of str.lower.

usage: python bench/redact.py [MEGABYTES]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from typing import TYPE_CHECKING

from figures import tell

from opsloop.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 5
REACH_MB_PER_S = 10.0
HOSTILE = (
    "key=",
    "a@",
    "://a:",
    "eyJ",
    'password "',
    "-----BEGIN PRIVATE KEY-----",
    "cookie: a=",
    "-u a:",
    "<token>",
    "10.",
    "\\n",
    ":pw",
    "smbc",
    "[fc00::5",
    "host:80/path@x",
    "bedrock-api-key-/",
)
PROSE = "The database failed over at noon and the queue grew until workers were restarted by the on-call engineer.\n"


def log(size: int, secret_share: float) -> str:
    """Lines of an access log; ``secret_share`` of them hold an address, an e-mail address and a password."""
    chance = random.Random(3)
    lines, length = [], 0
    while length < size:
        day, minute, order = chance.randint(1, 28), chance.randint(0, 59), chance.randint(1, 10**6)
        line = (
            f"2026-01-{day:02d}T12:{minute:02d}:01.123Z INFO checkout-7d9f8b6c5-x2x4z GET /api/v1/orders/{order}"
            f" status=200 duration_ms={chance.random() * 100:.3f} trace={chance.getrandbits(128):032x}"
        )
        if chance.random() < secret_share:
            number = chance.randint(1, 250)
            line += f" from 10.{number}.3.4 user=u{number}@corp.example password=hunter{number}"
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)


def speed(work: Callable[[str], object], text: str) -> float:
    """Megabytes a second of processor time, the median of RUNS."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work(text)
        times.append(time.process_time() - start)
    return len(text) / 1e6 / max(statistics.median(times), 1e-9)


def main() -> None:
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 1_000_000
    texts = {
        "log without secrets": log(size, 0.0),
        "log, 1 % of lines with secrets": log(size, 0.01),
        "log, every line with secrets": log(size, 1.0),
        "prose": PROSE * (size // len(PROSE)),
    }
    for name, text in texts.items():
        ours, lower = speed(redact, text), speed(str.lower, text)
        print(f"{name:32s} {ours:7.1f} MB/s   str.lower {lower:7.0f} MB/s   1/{lower / ours:.0f}")
    slowest = min((speed(redact, (piece * (size // 5 // len(piece)))), piece) for piece in HOSTILE)
    print(f"{'slowest hostile text':32s} {slowest[0]:7.1f} MB/s   ({slowest[1]!r} again and again)")
    for name in list(texts)[:2]:
        tell(name, speed(redact, texts[name]), "MB/s", at_least=REACH_MB_PER_S)


if __name__ == "__main__":
    main()
