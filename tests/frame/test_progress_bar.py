"""The bar of long work: drawn on a terminal once it takes long, gone when it is done, and never in a file."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from commandline import opsloop
from vendorserver import Asked, Reply, VendorServer

ERASED = b"\x1b[2K"


@pytest.mark.slow
def test_a_pull_that_takes_long_draws_a_bar_on_the_terminal_and_removes_it(tmp_path: Path) -> None:
    seen = threading.Event()

    def patient(_: Asked) -> Reply:
        seen.wait(120)  # answers once the bar is there, however long that takes
        return Reply(body=[])

    ours, theirs = pty.openpty()
    with VendorServer(patient) as server:
        words = ["--root", str(tmp_path), "pull", "alertmanager", "--url", server.url]
        with subprocess.Popen(
            [sys.executable, "-m", "opsloop", *words],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
        ) as pulling:
            os.close(theirs)
            drawn = os.read(ours, 100_000)
            seen.set()
            told, _ = pulling.communicate(timeout=120)
    left = b"".join(iter(lambda: _rest(ours), b""))
    os.close(ours)
    assert drawn
    assert ERASED in left
    assert told.decode().startswith("0 accepted, 0 known already, 1 pages")


@pytest.mark.slow
def test_a_file_gets_no_bar(tmp_path: Path) -> None:
    with VendorServer(lambda _: Reply(body=[])) as server:
        done = opsloop(tmp_path, "pull", "alertmanager", "--url", server.url)
    assert (done.returncode, done.stderr) == (0, "")


def _rest(terminal: int) -> bytes:
    """What stands there still; Linux calls the end of it an error."""
    try:
        return os.read(terminal, 100_000)
    except OSError:
        return b""
