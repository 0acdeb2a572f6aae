"""How long a page takes with a million signals and 20,000 learnings behind it.

    python bench/web.py --make DIR     write the seeded data (a few minutes; anywhere, any time)
    python bench/web.py DIR            measure on it; wants a quiet machine
    python bench/web.py                both, in a temporary folder

The server runs as its users run it, without its background jobs. First Now: from starting the process to the whole
page. Cold: the first visit of each page (what takes long says so, and follows). Warm: visits in turns over all pages,
while a delivery a second keeps making every kept result stale; the limit is for their 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import web_history
from figures import tell

from opsloop.verbs.workspace import Workspace

SIGNALS, ENTRIES = 1_000_000, 20_000
STEP = 50_000
ROUNDS = 12
PATIENCE_S = 300
LIMIT_P95_MS, LIMIT_FIRST_S = 300, 2.0
SETTINGS = """[serve]
seal_every_minutes = 0
detect_every_minutes = 0
verify_every_minutes = 0

[[slo]]
name = "service-00-availability"
service = "service-00"
objective = 0.995
"""
NAMES = "patterns delivery reliability alerts toil capacity proof handoff review promotions backtest sources"
SEARCHES = ("/learnings", "/learnings?q=disk+latency", "/learnings?status=pending&priority=high")
PAGES = ("/", *SEARCHES, *(f"/{name}" for name in NAMES.split()))


def make(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "opsloop.toml").write_text(SETTINGS, encoding="utf-8")
    ws = Workspace(root, datetime.now(UTC))
    history, ids = web_history.signals(SIGNALS, ws.now), []
    while step := list(islice(history, STEP)):
        ids += [signal.id for signal in step[::50]]
        ws.store.append(step, origin="bench", now=ws.now)
    ws.store.seal(ws.now)
    ws.journal.init()
    ws.journal.append_all(web_history.entries(ENTRIES, ws.now, ids))
    ws.index.refresh(ws.journal)
    print(f"made {SIGNALS:,} signals and {ENTRIES:,} learnings in {root}")


def start(root: Path) -> tuple[subprocess.Popen[str], str, float]:
    """The server, its address, and the seconds from its start to the first whole Now page."""
    words = [sys.executable, "-m", "opsloop", "--root", str(root), "serve", "--port", "0"]
    began = time.perf_counter()
    server = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert server.stdout is not None
    url = server.stdout.readline().rstrip().rpartition(" ")[2]
    get(url, "/")
    return server, url, time.perf_counter() - began


def get(url: str, path: str) -> float:
    """Milliseconds of a whole page."""
    began = time.perf_counter()
    visit(url, path)
    return (time.perf_counter() - began) * 1000


def visit(url: str, path: str) -> bytes:
    """The page."""
    with urllib.request.urlopen(url + path, timeout=180) as answer:
        return bytes(answer.read())


def deliver(url: str, stop: threading.Event) -> None:
    """A new alert a second."""
    while not stop.wait(1.0):
        now = datetime.now(UTC).isoformat()
        body = {
            "id": f"live-{now}",
            "source": "signals",
            "kind": "alert",
            "status": "firing",
            "at": now,
            "name": "Live",
        }
        request = urllib.request.Request(
            f"{url}/v1/webhooks/signals", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=60).close()


def measure(root: Path) -> bool:
    server, url, first_s = start(root)
    stop = threading.Event()
    try:
        cold = {path: get(url, path) for path in PAGES}
        began = time.monotonic()
        waiting = settle(url)
        print(
            f"everything computed after {time.monotonic() - began:.0f} s" if not waiting else f"not computed: {waiting}"
        )
        threading.Thread(target=deliver, args=(url, stop), daemon=True).start()
        warm: dict[str, list[float]] = {path: [] for path in PAGES}
        for _ in range(ROUNDS):
            for path in PAGES:
                warm[path].append(get(url, path))
    finally:
        stop.set()
        server.terminate()
        server.wait(60)
    for path in PAGES:
        median, worst = statistics.median(warm[path]), max(warm[path])
        print(f"{path:<42} cold {cold[path]:8.0f} ms   warm median {median:6.0f}, worst {worst:6.0f} ms")
    all_of_them = sorted(ms for each in warm.values() for ms in each)
    p95 = all_of_them[int(len(all_of_them) * 0.95)]
    first = tell("first Now page after the start of the process", first_s, "s", at_most=LIMIT_FIRST_S)
    all_pages = tell("p95 of all pages, a delivery a second", p95, "ms", at_most=LIMIT_P95_MS)
    return not waiting and first and all_pages


def settle(url: str) -> list[str]:
    """Wait until what the first visits began in the background is ready; the pages that are not, when patience ends."""
    ends = time.monotonic() + PATIENCE_S
    for path in PAGES:
        while b"data-waiting" in visit(url, path):
            if time.monotonic() > ends:
                return [path for path in PAGES if b"data-waiting" in visit(url, path)]
            time.sleep(1)
    return []


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("root", nargs="?", type=Path)
    asked.add_argument("--make", action="store_true", help="only write the data")
    words = asked.parse_args()
    if words.root is None:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder))
            return 0 if measure(Path(folder)) else 1
    if words.make:
        make(words.root)
        return 0
    return 0 if measure(words.root) else 1


if __name__ == "__main__":
    sys.exit(main())
