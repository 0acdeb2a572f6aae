"""The bar of long work: drawn on a terminal once it takes long, gone when it is done, and never in a file."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from vendorserver import Asked, Reply, VendorServer

from opsloop.cli import bar
from opsloop.cli.bar import Bar

ERASED = "\x1b[2K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn_on(monkeypatch: pytest.MonkeyPatch, drawn: io.StringIO, *, patience_s: float) -> str:
    """What work in two steps leaves on stderr, when the bar waits that long."""
    monkeypatch.setattr(bar, "PATIENCE_S", patience_s)
    monkeypatch.setattr(sys, "stderr", drawn)
    monkeypatch.setenv("TERM", "xterm")
    with Bar() as shown:
        shown.show(0.25, "shop/checkout runs")
        shown.show(0.75, "shop/checkout pull_requests")
    return drawn.getvalue()


def test_it_shows_the_share_and_what_is_done_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = drawn_on(monkeypatch, Terminal(), patience_s=0)
    assert " 75%" in told
    assert "shop/checkout pull_requests" in told
    assert told.rindex(ERASED) > told.rindex("75%")


def test_short_work_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn_on(monkeypatch, Terminal(), patience_s=3600) == ""


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn_on(monkeypatch, io.StringIO(), patience_s=0) == ""


def slow_alertmanager(asked: Asked) -> Reply:
    time.sleep(bar.PATIENCE_S + 0.2)
    return Reply(body=[])


@pytest.mark.slow
def test_a_pull_that_takes_long_draws_it_on_the_terminal_and_only_there(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with VendorServer(slow_alertmanager) as server:
        words = ["--root", str(tmp_path), "pull", "alertmanager", "--url", server.url]
        done = subprocess.run(
            [sys.executable, "-m", "opsloop", *words],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
            check=True,
        )
    os.close(theirs)
    told = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "100%" in told
    assert "0 alerts fire" in told
    assert ERASED in told
    assert done.stdout.decode().startswith("0 accepted, 0 known already, 1 pages")
