"""A bar on a terminal says where the work is; its colours go where none are wanted."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from commandline import NOW, called

from opsloop import detectors

pytestmark = pytest.mark.slow
COLOUR = "\x1b[3"
"""How the foreground's colours begin."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Something for most detectors to look at."""
    kinds = {"alert": "firing", "incident": "detected", "deployment": "succeeded", "remediation": "done"}
    told = [
        {"id": f"{kind}{day}", "source": "test", "kind": kind, "status": status, "at": f"2026-03-{day:02}T10:00:00Z"}
        | {"service": "checkout", "name": "one", "fingerprint": f"{kind}{day}"}
        for kind, status in kinds.items()
        for day in range(1, 29)
    ]
    lines = "\n".join(map(json.dumps, told))
    assert called(tmp_path, "ingest", "signals", "-", given=lines).returncode == 0
    return tmp_path


def on_a_terminal(root: Path, *words: str, **environment: str) -> str:
    """What a verb writes to a terminal that is its stderr; its stdout is a pipe."""
    ours, theirs = pty.openpty()
    said: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                return
            said.append(part)

    listener = Thread(target=listen)
    listener.start()
    environment = {"TERM": "xterm-256color", **environment}
    known = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    command = [sys.executable, "-m", "opsloop", "--root", str(root), "--now", NOW, *words]
    done = subprocess.run(command, env={**known, **environment}, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    listener.join()
    os.close(ours)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    return b"".join(said).decode()


def test_what_takes_long_says_where_it_is_and_leaves_nothing(project: Path) -> None:
    shown = on_a_terminal(project, "detect", "--dry-run")
    assert any(name in shown for name in detectors.names())
    assert COLOUR in shown
    assert shown.endswith("\x1b[2K")  # an empty line


def test_no_color_leaves_the_bar_and_takes_the_colours(project: Path) -> None:
    shown = on_a_terminal(project, "detect", "--dry-run", NO_COLOR="1")
    assert any(name in shown for name in detectors.names())
    assert COLOUR not in shown
