"""One demo company for all contract tests, and the command line as its users call it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOW = "2026-03-29T12:30:00Z"
Run = Callable[..., subprocess.CompletedProcess[str]]
Ask = Callable[..., dict[str, Any]]


def opsloop(root: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opsloop", "--root", str(root), "--now", NOW, *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=300)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON document on stdout."""
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert isinstance(read, dict)
    return read


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tidewater Books after ninety days."""
    root = tmp_path_factory.mktemp("company")
    done = opsloop(root, "demo", "--json")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def ask(company: Path) -> Ask:
    """A verb's JSON document, on the demo company."""
    return lambda *words, given=None: document(opsloop(company, *words, "--json", given=given))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """An empty project."""
    assert opsloop(tmp_path, "init").returncode == 0
    return tmp_path
