"""The files under deploy/ fit the tools that read them, and the server that they speak of."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from opsloop.web.counters import Counters
from opsloop.web.limits import Limits

DEPLOY = Path(__file__).parents[2] / "deploy"
GUIDE = DEPLOY.parent / "docs" / "how-to" / "server.md"


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.needs("alertmanager")
def test_alertmanager_accepts_its_snippet() -> None:
    run("amtool", "check-config", str(DEPLOY / "alertmanager.yml"))


@pytest.mark.needs("promtool")
def test_prometheus_accepts_its_snippet() -> None:
    run("promtool", "check", "config", str(DEPLOY / "prometheus.yml"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="not on this machine: systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "opsloop.service"
    unit.write_text((DEPLOY / "opsloop.service").read_text().replace("/opt/opsloop/bin/opsloop", "/bin/true"))
    run("systemd-analyze", "verify", str(unit))


def test_the_unit_starts_the_server_and_gives_it_time_to_stop() -> None:
    unit = (DEPLOY / "opsloop.service").read_text()
    assert re.search(r"^ExecStart=\S+/opsloop --root \S+ serve ", unit, re.MULTILINE)
    stop_s = int(re.search(r"TimeoutStopSec=(\d+)", unit).group(1))
    assert stop_s > Limits().stop_timeout_s


def test_the_dockerfile_is_pinned_unprivileged_and_whole() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", image) for image in images)
    assert text.index("USER ") < text.index("ENTRYPOINT")
    assert "--require-hashes" in text
    for copied in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE):
        assert all((DEPLOY.parent / path).exists() for path in copied.split()), copied


def test_the_dashboard_shows_what_the_server_exports_and_nothing_else() -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    shown = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"opsloop_\w+", target["expr"])
    }
    families = set(re.findall(r"# TYPE (\w+)", Counters().text({})))
    assert {name.removesuffix("_bucket") for name in shown} <= families
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_every_limit_has_its_line_in_the_guide() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\S+)", GUIDE.read_text(), re.MULTILINE))
    assert set(told) == {item.name for item in fields(Limits)}
    assert {name: value.strip("`") for name, value in told.items()} == {
        item.name: str(list(value) if isinstance(value := getattr(Limits(), item.name), tuple) else value)
        for item in fields(Limits)
    }
