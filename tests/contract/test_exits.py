"""0 done, 2 bad input, 3 not found, 4 conflict, 5 an outside system failed; one line on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import called, opsloop

MISTAKES = [
    (("log", "issue", "--from-json", "nowhere.json"), (2, 3)),
    (("log", "issue", "--severity", "P9", "--summary", "x"), (2,)),
    (("show", "OPS-20200101-001"), (3,)),
    (("resolve", "OPS-20200101-001", "--notes", "x"), (3,)),
    (("link", "OPS-20200101-001", "OPS-20200101-002"), (3,)),
    (("ingest", "nosuchsource", "-"), (3,)),
    (("ingest", "signals", "nowhere.jsonl"), (2, 3)),
    (("detect", "--engine", "abacus"), (2,)),
    (("metrics", "dora", "--from", "yesterday"), (2,)),
    (("metrics", "dora", "--from", "2026-02-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z"), (2,)),
    (("backtest", "--detector", "nosuch"), (2, 3)),
    (("backtest", "--detector", "alert_fatigue", "--set", "nosuch=1"), (2,)),
    (("promote", "OPS-20200101-001", "--to", "runbook"), (3,)),
    (("promote", "OPS-20200101-001", "--to", "nosuch"), (2, 3)),
    (("verify", "OPS-20200101-001"), (3,)),
    (("agents", "install", "nosuch"), (2, 3)),
    (("serve", "--host", "192.0.2.1"), (2,)),
    (("import", "nowhere"), (2, 3)),
]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """An empty project."""
    assert called(tmp_path, "init").returncode == 0
    return tmp_path


@pytest.mark.parametrize(("words", "codes"), MISTAKES, ids=lambda value: " ".join(map(str, value)))
def test_a_mistake_is_one_line_and_its_exit_code(words: tuple[str, ...], codes: tuple[int, ...], fresh: Path) -> None:
    done = called(fresh, *words)
    assert done.returncode in codes, done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    as_json = called(fresh, *words, "--json")
    error = json.loads(as_json.stderr)["error"]
    assert error.keys() == {"code", "message"}


def test_a_broken_settings_file_stops_every_verb_in_one_line(fresh: Path) -> None:
    (fresh / "opsloop.toml").write_text("[stoer]\n", encoding="utf-8")
    done = opsloop(fresh, "detect")
    assert done.returncode == 2
    assert "stoer" in done.stderr


def test_a_file_without_one_good_line_is_a_mistake_of_one_line(fresh: Path) -> None:
    (fresh / "bad.jsonl").write_text('{"kind": "weather"}\n{"kind": "alert"}\n', encoding="utf-8")
    done = called(fresh, "ingest", "signals", str(fresh / "bad.jsonl"), "--json")
    assert done.returncode == 2
    assert len(json.loads(done.stdout)["rejected"]) == 2
    assert "line 1: id is missing" in json.loads(done.stderr)["error"]["message"]
