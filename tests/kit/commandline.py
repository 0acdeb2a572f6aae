"""The command line as its users call it, a process of its own; and the same within this process, at a tenth of the cost."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOW = "2026-03-29T12:30:00Z"
Ask = Callable[..., dict[str, Any]]


def opsloop(root: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a verb in ``root`` as of NOW."""
    command = [sys.executable, "-m", "opsloop", "--root", str(root), "--now", NOW, *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=300)


def called(root: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The verb as ``opsloop`` runs it, but in this process."""
    from opsloop.cli import main

    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
    code: Any = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(["--root", str(root), "--now", NOW, *words])
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdin = before
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON document on stdout."""
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert isinstance(read, dict)
    return read
