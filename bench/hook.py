"""The hook beside a bare interpreter, and beside the scheme it replaces: 56 substrings looked for by a shell script.

python bench/hook.py [ROUNDS]; everything takes turns (A B A B ...) in one run, and medians are printed with ratios:
1 KB and 100 KB of output without a problem, a problem and a prompt with recall from a journal of 10,000 entries, and
the shell script on the same 100 KB. CPU time stands beside wall time: on a busy machine it is the steadier one.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from figures import tell

if TYPE_CHECKING:
    from collections.abc import Callable

import opsloop
from opsloop.model import Entry
from opsloop.verbs.init import init
from opsloop.verbs.workspace import Workspace

ENTRIES = 10_000
PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
HOOK = [PYTHON, "-I", "-S", str(Path(opsloop.__file__).with_name("hook.py")), "--client", "claude-code"]
BARE = [PYTHON, "-I", "-S", "-c", "pass"]
LIMITS = {"1 KB, no match": 1.25, "100 KB, no match": 1.6, "hit with recall": 2.5, "prompt with recall": 2.5}
BENIGN = (
    "Compiling",
    "src/app/main.rs",
    "passed",
    "module",
    "copied",
    "linked",
    "built in",
    "assets",
    "GET /api/v1 200",
)
CRASH = "NAME   READY   STATUS   RESTARTS   AGE\nweb-0   0/1   CrashLoopBackOff   7 (2m ago)   15m"
KNOWN = "incident_pattern.pod_not_running"
SERVICES = ("checkout", "ledger", "search", "gateway", "billing", "catalog", "mail", "stock")
TROUBLES = ("pool ran full", "certificate expired", "disk filled up", "pods crash after a config change", "queue grows")
WORDS = (
    *(
        "error:",
        "Error:",
        "ERROR:",
        "failed",
        "FAILED",
        "fatal:",
        "panic:",
        "Traceback",
        "Exception",
        "exit code",
        "timeout",
    ),
    *(
        "timed out",
        "connection refused",
        "ECONNREFUSED",
        "unreachable",
        "OOMKilled",
        "CrashLoopBackOff",
        "ImagePullBackOff",
    ),
    *(
        "Evicted",
        "NotReady",
        "Pending",
        "BackOff",
        "no space left",
        "disk full",
        "out of memory",
        "quota exceeded",
        "throttl",
    ),
    *(
        "rate limit",
        "too many",
        "503",
        "502",
        "504",
        "500",
        "incident",
        "outage",
        "degraded",
        "rollback",
        "SLO",
        "breach",
    ),
    *(
        "alert",
        "PagerDuty",
        "on-call",
        "escalat",
        "unhealthy",
        "certificate",
        "expired",
        "permission denied",
        "forbidden",
    ),
    *("deadlock", "replication lag", "failover", "capacity", "saturat", "latency", "critical", "severity", "P1"),
)


def main() -> None:
    """Print one line for each case: median wall and CPU time, and how many times a bare interpreter that is."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        journal(root)
        script = root / "detector.sh"
        script.write_text(shell_scheme())
        small, large = told(benign(800), root), told(benign(100_000), root)
        cases: dict[str, Callable[[int], tuple[float, float]]] = {
            "bare interpreter": lambda _: run(BARE, b"", root),
            "1 KB, no match": lambda _: run(HOOK, small, root),
            "100 KB, no match": lambda _: run(HOOK, large, root),
            "hit with recall": lambda number: run(HOOK, told(CRASH, root, f"session-{number}"), root),
            "prompt with recall": lambda number: run(HOOK, asked(root, f"session-{number}"), root),
            "shell script, 100 KB": lambda _: run(["/bin/bash", str(script)], large, root),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(rounds):
            for name, case in cases.items():
                times[name].append(case(number))
    report(times)


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    """The table, with the limits beside the ratios."""
    medians = {
        name: [statistics.median(column) for column in zip(*taken, strict=True)] for name, taken in times.items()
    }
    bare = medians["bare interpreter"]
    for name, (wall, cpu) in medians.items():
        print(f"{name:21} {wall * 1000:7.1f} ms   cpu {cpu * 1000:6.1f} ms {cpu / bare[1]:5.2f} x bare")
    for name, (wall, _) in medians.items():
        tell(name, wall / bare[0], "x bare", at_most=LIMITS.get(name))
    ratio = medians["100 KB, no match"][0] / medians["shell script, 100 KB"][0]
    tell("100 KB, no match / the shell script", ratio, "x", at_most=0.2)


def run(command: list[str], stdin: bytes, root: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one process."""
    source = root / "stdin"
    source.write_bytes(stdin)
    start = time.perf_counter()
    child = os.posix_spawn(
        command[0],
        command,
        {"HOME": str(root), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, str(source), os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, used = os.wait4(child, 0)
    assert status == 0, command
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def told(output: str, root: Path, session: str = "session") -> bytes:
    """What Claude Code tells its hook after a command."""
    event = {"session_id": session, "transcript_path": "/t", "cwd": str(root), "hook_event_name": "PostToolUse"}
    call = {"tool_name": "Bash", "tool_input": {"command": "kubectl get pods"}, "tool_use_id": session}
    return json.dumps({**event, **call, "tool_response": {"stdout": output, "stderr": ""}}).encode()


def asked(root: Path, session: str) -> bytes:
    """What Claude Code tells its hook at a prompt."""
    event = {"session_id": session, "transcript_path": "/t", "cwd": str(root), "hook_event_name": "UserPromptSubmit"}
    return json.dumps({**event, "prompt": "Why do the gateway pods crash after a config change?"}).encode()


def benign(size: int) -> str:
    """Output of a build, about that many bytes."""
    dice = random.Random(7)
    lines = [" ".join(dice.choices(BENIGN, k=10)) for _ in range(size // 90 + 1)]
    return "\n".join(lines)[:size]


def journal(root: Path) -> None:
    """A project with ENTRIES issues, indexed."""
    dice = random.Random(11)
    ws = Workspace(root)
    init(ws)
    ws.journal.append_all(issue(dice, number) for number in range(ENTRIES))
    ws.index.refresh(ws.journal)
    ws.index.close()


def issue(dice: random.Random, number: int) -> Entry:
    """One of many alike."""
    service, trouble = dice.choice(SERVICES), dice.choice(TROUBLES)
    key = KNOWN if number % 1000 == 7 else f"incident_pattern.{trouble.replace(' ', '_')}_{number % 500}"
    return Entry(
        kind="issue",
        name=f"{service}_{number}",
        logged="2026-01-01T00:00:00Z",
        priority="medium",
        severity="P3",
        summary=f"{service}: {trouble}, variant {number}",
        mitigation="Look at the last change, then roll it back.",
        metadata={"Services Affected": service, "Pattern-Key": key},
    )


def shell_scheme() -> str:
    """The scheme of a widely used skill, written anew: all of stdin, then one glob match after the other."""
    listed = " ".join(f'"{word}"' for word in WORDS[:56])
    loop = 'for word in "${words[@]}"; do [[ "$output" == *"$word"* ]] && found=1 && break; done'
    return f'output=$(cat)\nfound=0\nwords=({listed})\n{loop}\n[ "$found" = 1 ] && echo seen\nexit 0\n'


if __name__ == "__main__":
    main()
