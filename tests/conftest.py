"""What a test may need from the machine, and what happens where it is missing."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from processes import Process

_LOGS = 3
_LOG_CHARACTERS = 4000
CLIENTS = Path(os.environ.get("OPSLOOP_CLIENTS", Path.home() / ".cache" / "opsloop-clients"))


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _client(package: str) -> Callable[[], bool]:
    return lambda: os.geteuid() == 0 and any(CLIENTS.glob(f"*/node_modules/.bin/{package}"))


def _module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


NEEDS: dict[str, Callable[[], bool]] = {
    "prometheus": _command("prometheus"),
    "promtool": _command("promtool"),
    "alertmanager": _command("prometheus-alertmanager", "alertmanager"),
    "chromium": _command("chromium"),
    "claude-code": _client("claude"),
    "codex": _client("codex"),
    "copilot": _client("copilot"),
    "openclaw": _client("openclaw"),
    "gemini": _client("gemini"),
    "spark": lambda: bool(shutil.which("java")) and importlib.util.find_spec("pyspark") is not None,
    "moto": _module("moto"),
    "git": _command("git"),
    "npm": _command("npm"),
    "axe": (CLIENTS / "axe" / "node_modules" / "axe-core" / "axe.min.js").is_file,
}


# No verdict by the clock: a loaded machine is slow, and what is slow there is not wrong.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
settings.register_profile("quick", max_examples=20)  # for make check


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name, ...): skipped, saying so, where the machine lacks one of NEEDS")


def pytest_collection_finish() -> None:
    """What thousands of collected tests hold need not be searched for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot run here; in CI, what the Makefile requires fails instead."""
    wanted = [name for marker in item.iter_markers("needs") for name in marker.args]
    missing = [name for name in wanted if not NEEDS[name]()]
    if not missing:
        return
    required = set(os.environ.get("OPSLOOP_REQUIRED", "").split()) if os.environ.get("CI") == "true" else set()
    if required.intersection(missing):
        pytest.fail(f"required here and missing: {' '.join(missing)}", pytrace=False)
    pytest.skip(f"not on this machine: {' '.join(missing)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what its servers had to say."""
    report = yield
    if report.failed:
        for log in list(Process.logs)[-_LOGS:]:
            if log.exists():
                told = log.read_text(encoding="utf-8", errors="replace")
                report.sections.append((f"{item.name}: the end of {log}", told[-_LOG_CHARACTERS:]))
    return report
