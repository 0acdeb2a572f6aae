"""One demo company for all contract tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import Ask, document, opsloop


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
