"""The built wheel, in an environment that holds nothing else: what ``pipx install`` does."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import free_port, wait_until

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def _ran(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(words, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=500)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(place: Path) -> Path:
    """Built from the source distribution, as a release is."""
    built = _ran(UV, "build", "-q", "--out-dir", place / "dist", ROOT, cwd=place)
    assert built.returncode == 0, built.stderr
    assert len(list((place / "dist").glob("opsloop-*.tar.gz"))) == 1
    return next((place / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def opsloop(place: Path, wheel: Path) -> Run:
    """The installed command, called in an empty folder."""
    made = _ran(sys.executable, "-m", "venv", place / "env", cwd=place)
    assert made.returncode == 0, made.stderr
    installed = _ran(place / "env" / "bin" / "pip", "install", "-q", wheel, cwd=place)
    assert installed.returncode == 0, installed.stderr
    return lambda *words: _ran(place / "env" / "bin" / "opsloop", *words, cwd=place)


def test_the_command_runs_and_tells_its_story(opsloop: Run, place: Path) -> None:
    assert "observe -> detect" in opsloop("--help").stdout
    done = opsloop("demo", "tidewater")
    assert done.returncode == 0, done.stderr
    assert "improved" in done.stdout
    assert (place / "tidewater" / ".learnings").is_dir()


def test_what_is_not_installed_is_named_with_the_way_to_get_it(opsloop: Run, place: Path) -> None:
    (place / "bare").mkdir(exist_ok=True)
    asked = {
        "serve": ("serve",),
        "pull": ("pull", "prometheus", "--url", "http://127.0.0.1:9"),
        "mcp": ("mcp",),
    }
    for extra, words in asked.items():
        done = opsloop("--root", str(place / "bare"), *words)
        assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
        assert f"opsloop[{extra}]" in done.stderr


def test_agents_are_given_the_installed_hook_and_the_plugin_tree_is_there(opsloop: Run, place: Path) -> None:
    (place / "agents").mkdir(exist_ok=True)
    done = opsloop("--root", str(place / "agents"), "agents", "install", "claude-code", "--scope", "project")
    assert done.returncode == 0, done.stderr
    package = next((place / "env").glob("lib/python3*/site-packages/opsloop"))
    assert f"{package / 'hook.py'} --client claude-code" in done.stdout
    assert list((package / "plugin").rglob("SKILL.md"))


def test_with_the_extra_the_pages_come_with_their_style(opsloop: Run, place: Path, wheel: Path) -> None:
    installed = _ran(place / "env" / "bin" / "pip", "install", "-q", f"{wheel}[serve]", cwd=place)
    assert installed.returncode == 0, installed.stderr
    (place / "served").mkdir(exist_ok=True)
    port = free_port()
    words = [place / "env" / "bin" / "opsloop", "--root", place / "served", "serve", "--port", str(port)]
    with subprocess.Popen(words, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            assert b"opsloop" in wait_until(lambda: _got(port, "/"), what="the first page", within_s=60)
            assert b"--paper" in _got(port, "/static/style.css")
        finally:
            server.terminate()


def _got(port: int, path: str) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return bytes(answer.read())
    except OSError:
        return b""
