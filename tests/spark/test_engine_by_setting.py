"""The engine is what the settings say, or one line says why not; nothing else is taken instead."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import document, opsloop
from processes import free_port
from sparkcluster import spark_cluster, write_defaults

LOCAL = "spark-local[2]"
ALERTS = [
    {"id": f"a{n}", "source": "x", "kind": "alert", "status": "firing", "name": "Disk", "service": "db"}
    | {"at": f"2026-03-{28 - n // 12:02}T{n % 12:02}:00:00Z", "fingerprint": f"f{n}"}
    for n in range(60)
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    lines = tmp_path / "alerts.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in ALERTS))
    assert opsloop(tmp_path, "ingest", "signals", str(lines)).returncode == 0
    return tmp_path


def refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 5) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.slow
def test_without_pyspark_it_says_what_to_install(project: Path) -> None:
    without = "import sys; sys.modules['pyspark'] = None; from opsloop.cli import main; main(sys.argv[1:])"
    words = ["--root", str(project), "metrics", "alerts"]
    (project / "opsloop.toml").write_text(f'[engine]\nname = "{LOCAL}"\n')
    done = subprocess.run([sys.executable, "-c", without, *words], capture_output=True, text=True, check=False)
    refused(done, LOCAL, "pip install 'opsloop[spark]'")


@pytest.mark.slow
@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_without_java_it_says_so(home: str | None, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PATH", str(project))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", home)
    refused(opsloop(project, "detect", "--dry-run", "--engine", LOCAL), "needs Java 17", home or "PATH")


@pytest.mark.slow
@pytest.mark.needs("spark")
@pytest.mark.parametrize(
    ("engine", "code", "words"),
    [
        ("spark://127.0.0.1:{port}", 5, ("no Spark master answers at spark://127.0.0.1:",)),
        ("spark://somewhere", 2, ("spark://host:port",)),
        ("spark", 2, ("[engine] url",)),
        ("polars", 2, ("no engine 'polars'",)),
    ],
)
def test_a_cluster_that_is_not_there_is_named(engine: str, code: int, words: tuple[str, ...], project: Path) -> None:
    name = engine.format(port=free_port())
    (project / "opsloop.toml").write_text(f'[engine]\nname = "{name}"\n')
    refused(opsloop(project, "metrics", "alerts"), *words, code=code)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.needs("spark")
def test_a_cluster_without_a_worker_is_not_waited_for_for_ever(project: Path, tmp_path: Path) -> None:
    with spark_cluster(tmp_path, workers=0) as url:
        (project / "opsloop.toml").write_text(f'[engine]\nname = "{url}"\n')
        done = opsloop(project, "metrics", "alerts")
    assert done.returncode == 5
    assert f"the Spark cluster at {url} has no worker free (20 s waited)" in done.stderr


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.needs("spark")
@pytest.mark.timeout(600)
def test_threads_of_one_process_are_enough_for_small_ones(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_defaults(project)
    monkeypatch.setenv("SPARK_CONF_DIR", str(project))
    ours = document(opsloop(project, "--json", "metrics", "alerts"))
    (project / "opsloop.toml").write_text(f'[engine]\nname = "{LOCAL}"\n')
    assert document(opsloop(project, "--json", "metrics", "alerts")) == ours
