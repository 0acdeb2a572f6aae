"""A project with one learning, a kubectl that shows a crash loop, and a player for the real clients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.session import Player

OPSLOOP = Path(sys.executable).with_name("opsloop")
CRASHING = "payments-7d9f   0/1   CrashLoopBackOff   7 (2m ago)   15m"
HEALTHY = "payments-7d9f   1/1   Running   0   15m"
HEADING = "NAME            READY   STATUS    RESTARTS   AGE"
LEARNING = "payments pods crash loop after a config map change"
ACTION = "kubectl rollout undo deployment/payments"


@pytest.fixture
def player(tmp_path):
    """Runs clients in a fresh project; ``player.opsloop`` runs our command there, as the same user."""
    base = tmp_path
    project, home = base / "project", base / "home"
    project.mkdir()
    home.mkdir()
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    player = Player(project, home, base / "log")
    player.opsloop("init")
    player.opsloop(
        *("log", "issue", "--name", "payments_crash_loop", "--severity", "P2", "--area", "incident_management"),
        *("--service", "payments", "--pattern-key", "incident_pattern.pod_not_running"),
        *("--summary", LEARNING, "--mitigation", ACTION),
    )
    return player


class Kubectl:
    """Steps of a script. The path is absolute: some clients' shells have a PATH of their own."""

    def __init__(self, path: Path) -> None:
        self.failing = {"shell": f"{path} get pods"}
        self.benign = {"shell": f"{path} get pods -n ok"}


@pytest.fixture(scope="session")
def kubectl(tmp_path_factory):
    """A kubectl: ``get pods`` fails and shows a crash loop, ``get pods -n ok`` is well."""
    path = tmp_path_factory.mktemp("bin") / "kubectl"
    path.write_text(
        "#!/bin/sh\n"
        f"echo '{HEADING}'\n"
        f'[ "$*" = "get pods -n ok" ] && {{ echo \'{HEALTHY}\'; exit 0; }}\n'
        f"echo '{CRASHING}'\n"
        "exit 1\n"
    )
    path.chmod(0o755)
    return Kubectl(path)
