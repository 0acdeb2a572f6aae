"""Secrets planted at every way in, the loop run over them: no file of the project holds one of them, in any form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from planted import LINE, SECRETS, SHORT, TOLD, leaked

import opsloop
from opsloop.verbs.detect import detect
from opsloop.verbs.handoff import handoff
from opsloop.verbs.importing import import_folder
from opsloop.verbs.ingest import ingest
from opsloop.verbs.init import init
from opsloop.verbs.log import log
from opsloop.verbs.promote import promote, reject
from opsloop.verbs.recall import recall
from opsloop.verbs.reindex import reindex
from opsloop.verbs.resolve import resolve
from opsloop.verbs.review import review
from opsloop.verbs.seal import seal
from opsloop.verbs.verify import verify
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A project that has been told every secret in every place, and then used."""
    ws = Workspace(tmp_path_factory.mktemp("project"), NOW)
    init(ws)
    alerts, incidents = _alerts(), _incidents()
    assert ingest(ws, "alertmanager", json.dumps({"version": "4", "alerts": alerts}).encode())["accepted"] == len(
        alerts
    )
    assert ingest(ws, "signals", incidents.encode())["accepted"] == 6
    written = [
        log(ws, kind, {**record, "details": TOLD, "mitigation": f"1. {LINE}", "metadata": {"Service": SHORT}})["id"]
        for kind, record in (
            ("issue", {"summary": SHORT, "root_cause": TOLD, "prevention": LINE}),
            ("issue", {"summary": LINE, "timeline": [["10:00", LINE]], "action_items": [LINE]}),
            ("learning", {"summary": LINE, "category": "incident_pattern", "suggested_action": LINE}),
        )
    ]
    log(ws, "feature", {"requested_capability": SHORT, "user_context": TOLD})
    log(ws, "issue", {"name": SHORT, "summary": "The pool was full once more"})
    _import(ws, tmp_path_factory.mktemp("elsewhere"))
    _hooks(ws)
    found = detect(ws)["findings"]
    assert found
    for entry, target in (
        (written[0], "runbook"),
        (written[1], "postmortem"),
        (written[2], "agents"),
        (found[0]["entry_id"], "backlog"),
    ):
        promote(ws, [entry], target, write=True)
    reject(ws, [written[0]], "backlog", LINE)
    resolve(ws, written[1], notes=LINE)
    verify(ws)
    review(ws, remember=True)
    handoff(ws)
    recall(ws, SHORT)
    seal(ws)
    reindex(ws)
    return ws


def _alerts() -> list[dict[str, object]]:
    return [
        {
            "status": "firing",
            "labels": {
                "alertname": SHORT,
                "service": SECRETS["internal host"],
                "instance": f"{SECRETS['private address']}:9100",
                "severity": "critical",
            },
            "annotations": {"summary": LINE, "description": TOLD},
            "startsAt": (NOW - timedelta(days=day)).isoformat(),
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": f"http://{SECRETS['internal host']}:9090/graph",
        }
        for day in range(1, 13)
    ]


def _incidents() -> str:
    return "\n".join(
        json.dumps(
            {
                "id": f"{SECRETS['private address']}-{day}",
                "source": "pagerduty",
                "kind": "incident",
                "status": "started",
                "at": (NOW - timedelta(days=day)).isoformat(),
                "service": "checkout",
                "name": SHORT,
                "fingerprint": f"{SECRETS['internal host']}/{day}",
                "summary": LINE,
                "attrs": {"root_cause": LINE, "responder": SECRETS["e-mail"]},
            }
        )
        for day in range(1, 7)
    )


def _import(ws: Workspace, folder: Path) -> None:
    front = json.dumps({"title": SHORT, "date": "2026-02-01", "services": SECRETS["internal host"]})
    (folder / "2026-02-01.md").write_text(f"---\n{front}\n---\n{TOLD}\n\n## Resolution\n{TOLD}\n", encoding="utf-8")
    export = [
        {"id": SECRETS["private address"], "title": SHORT, "created_at": "2026-02-02T00:00:00Z", "description": TOLD}
    ]
    (folder / "export.json").write_text(json.dumps(export), encoding="utf-8")
    assert len(import_folder(ws, folder)["entries"]) == 2


def _hooks(ws: Workspace) -> None:
    """An agent's command and prompts, through the hook as a client runs it."""
    crash = f"NAME   READY   STATUS   RESTARTS   AGE\nweb-0   0/1   CrashLoopBackOff   7 (2m ago)   15m\n{TOLD}"
    common = {"session_id": "s", "transcript_path": "/t", "cwd": str(ws.root)}
    events = (
        {
            "hook_event_name": "PostToolUseFailure",
            "tool_name": "Bash",
            "tool_use_id": "t1",
            "tool_input": {"command": f"kubectl get pods --token={SECRETS['bearer']} # {LINE}"},
            "error": f"Exit code 1\n{crash}",
        },
        {
            "hook_event_name": "PostToolUseFailure",
            "tool_name": "Bash",
            "tool_use_id": "t2",
            "tool_input": {"command": f"{SECRETS['GitHub token']} get pods"},
            "error": f"Exit code 1\n{crash}",
        },
        {"hook_event_name": "UserPromptSubmit", "prompt": f"the incident again, save this as a skill: {LINE}"},
        {"hook_event_name": "UserPromptSubmit", "prompt": f"why does the pool fail, is it an outage? {LINE}"},
    )
    said = [_hook(ws.root, {**common, **event}) for event in events]
    assert "opsloop saw" in said[0]
    assert not leaked("".join(said).encode())


def _hook(root: Path, event: dict[str, object]) -> str:
    command = [os.path.realpath(sys._base_executable), "-I", "-S", str(Path(opsloop.__file__).with_name("hook.py"))]
    done = subprocess.run(
        [*command, "--client", "claude-code"],
        input=json.dumps(event),
        env={"HOME": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_search_itself_would_find_each_secret() -> None:
    assert leaked(TOLD.encode()) == list(SECRETS)
    assert leaked(b"pool_of_10_20_30_44") == ["private address"]


def test_no_file_of_the_project_holds_a_planted_secret(ws: Workspace) -> None:
    files = [path for path in ws.root.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert names >= {
        "signals.sqlite",
        "index.sqlite",
        "hooks.sqlite",
        "audit.jsonl",
        "OPERATIONS_ISSUES.md",
        "AGENTS.md",
    }
    holding = {str(path.relative_to(ws.root)): found for path in files if (found := leaked(path.read_bytes()))}
    assert holding == {}
    assert not leaked("\n".join(str(path.relative_to(ws.root)) for path in files).encode())


def test_what_the_verbs_say_holds_no_planted_secret(ws: Workspace) -> None:
    for document in (detect(ws), handoff(ws), review(ws), recall(ws, "pool is full"), verify(ws)):
        assert leaked(json.dumps(document, default=str).encode()) == []
    assert leaked(json.dumps([signal.as_json() for signal in ws.store.read()], default=str).encode()) == []


def test_sealed_days_hold_no_planted_secret(ws: Workspace) -> None:
    """Parquet is compressed: what it says is read, not its bytes."""
    from pyarrow import parquet

    sealed = list((ws.root / ".opsloop" / "lake").rglob("*.parquet"))
    assert sealed
    for path in sealed:
        assert leaked(str(parquet.ParquetFile(path).read().to_pylist()).encode()) == []
