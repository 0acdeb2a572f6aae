"""Tools of one's own: each has a mapping, a secret and a name in opsloop.toml, and is a source like the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import document, opsloop
from processes import QUIET, Receiver

from opsloop.errors import BadInput
from opsloop.verbs.receive import Intake
from opsloop.verbs.workspace import Workspace

TWO = """
[sources.job-runner]
like = "generic"
secret_env = "RUNNER_SECRET"
fields = { name = "job", status = "state", at = "ended" }
defaults = { kind = "deployment" }
values = { status = { ok = "succeeded" } }
[sources.probes]
like = "generic"
fields = { name = "check", status = "state", at = "when" }
defaults = { kind = "alert", status = "firing" }
"""
RUN = {"job": "release", "state": "ok", "ended": "2026-03-02T08:00:00Z"}
PROBE = {"check": "door", "when": "2026-03-02T09:00:00Z"}


@pytest.mark.slow
def test_each_delivers_with_its_secret_and_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + TWO)
    secret = {"authorization": "Bearer s3cret"}
    with Receiver(tmp_path, env={"RUNNER_SECRET": "s3cret"}) as receiver:
        assert receiver.post("job_runner", RUN)[0] == 401
        assert receiver.post("job-runner", RUN, **secret)[0] == 202
        assert receiver.post("probes", PROBE)[0] == 202
        assert receiver.post("generic", PROBE)[0] == 400, "it has a mapping of its own, or none"
        assert receiver.post("nobodys", PROBE)[0] == 404
        _, page = receiver.get("/v1/signals")
        _, metrics = receiver.get("/metrics")
    assert [(one["source"], one["kind"], one["name"]) for one in page["signals"]] == [
        ("job_runner", "deployment", "release"),
        ("probes", "alert", "door"),
    ]
    assert 'opsloop_refused_total{source="job_runner",reason="unauthorized"} 1' in metrics


@pytest.mark.slow
def test_its_files_are_taken_in_too(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(TWO)
    (tmp_path / "runs.jsonl").write_text(json.dumps(RUN) + "\n" + json.dumps({**RUN, "job": "rollout"}) + "\n")
    assert document(opsloop(tmp_path, "--json", "ingest", "job-runner", str(tmp_path / "runs.jsonl")))["accepted"] == 2
    assert {one.source for one in Workspace(tmp_path).store.read()} == {"job_runner"}
    refused = opsloop(tmp_path, "ingest", "job", str(tmp_path / "runs.jsonl"))
    assert refused.returncode == 3
    assert "job_runner" in refused.stderr


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ("[sources.probes]\nsecret_env = 'X'", "no such source"),
        ("[sources.probes]\nlike = 'datadog'", 'needs like = "generic"'),
        ("[sources.datadog]\nlike = 'generic'", "a new name"),
        ("[sources.'../x']\nlike = 'generic'", "a new name"),
        ("[sources.probes]\nlike = 'generic'", r"\[sources.probes.fields\]"),
        ("[sources.a-b]\nlike = 'generic'\n[sources.a_b]\nlike = 'generic'", "there twice"),
        ("[sources]\nprobes = 1", "is a table"),
    ],
)
def test_what_is_no_source_is_said_before_anything_is_received(tmp_path: Path, settings: str, wanted: str) -> None:
    (tmp_path / "opsloop.toml").write_text(settings)
    with pytest.raises(BadInput, match=wanted):
        Intake(Workspace(tmp_path))


def test_a_hyphen_in_the_settings_is_as_good_as_an_underscore(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text('[sources.azure-monitor]\nsecret_env = "HOME"')
    ws = Workspace(tmp_path)
    assert ws.settings.sources == {"azure_monitor": {"secret_env": "HOME"}}
    assert set(Intake(ws).secrets) == {"azure_monitor"}
