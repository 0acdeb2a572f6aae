"""The command line as its users call it: a process of its own."""

from __future__ import annotations

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


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON document on stdout."""
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert isinstance(read, dict)
    return read
