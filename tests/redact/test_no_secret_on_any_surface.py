"""The demo company is told secrets by webhook, API, command line and import: none is on a page, in a log, in a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandline import document, opsloop
from planted import LINE, SECRETS, SHORT, TOLD, leaked
from processes import QUIET, Receiver, notification

pytestmark = pytest.mark.slow

PAGES = (
    *("/", "/learnings", "/patterns", "/delivery", "/reliability", "/alerts", "/toil", "/capacity", "/proof"),
    *("/handoff", "/review", "/promotions", "/sources", "/fragments/now", "/metrics", "/healthz"),
    *("/v1/signals", "/v1/entries", "/v1/review", "/v1/handoff", "/v1/coverage", "/v1/doctor", "/v1/runs"),
    *("/v1/search?text=pool", "/v1/recall?text=pool+is+full", "/learnings?q=pool"),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The company's folder after it was told everything, and what each page said."""
    root = tmp_path_factory.mktemp("told") / "tidewater"
    assert opsloop(root.parent, "demo", str(root)).returncode == 0
    with (root / "opsloop.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + QUIET)
    with Receiver(root) as server:
        allowed = f"Bearer {document(opsloop(root, 'token', 'create', '--scope', 'write', '--json'))['token']}"
        made = tell(root, server, allowed)
        pages = (*PAGES, *(f"/learnings/{entry}" for entry in made), *(f"/v1/entries/{entry}" for entry in made))
        said = {
            path: server.ask("GET", path, None, accept="text/html, application/json", authorization=allowed)
            for path in pages
        }
        server.stop()
    assert {path: status for path, (status, _) in said.items() if status != 200} == {}
    return root, {path: text if isinstance(text, str) else json.dumps(text) for path, (_, text) in said.items()}


def tell(root: Path, server: Receiver, allowed: str) -> list[str]:
    """Every way in; the ids of the entries that came of it."""
    alert = {
        "status": "firing",
        "labels": {"alertname": SHORT, "service": SECRETS["internal host"], "instance": SECRETS["private address"]},
        "annotations": {"summary": LINE, "description": TOLD},
        "startsAt": datetime.now(UTC).isoformat(),
        "generatorURL": f"http://{SECRETS['internal host']}:9090/graph",
    }
    assert server.post("alertmanager", notification(alert))[0] == 202
    broken = server.ask("POST", "/v1/webhooks/alertmanager", TOLD.encode(), content_type="application/json")
    assert broken[0] == 400
    server.ask("GET", f"/v1/entries/{SECRETS['bearer']}?token={SECRETS['GitHub token']}", None)
    told = {"summary": SHORT, "details": TOLD, "root_cause": LINE, "metadata": {"Service": SHORT, "Tags": LINE}}
    status, logged = server.ask(
        "POST",
        "/v1/log/issue",
        json.dumps(told).encode(),
        content_type="application/json",
        authorization=allowed,
    )
    assert status == 201
    by_hand = opsloop(root, "log", "issue", "--summary", SHORT, "--details", TOLD, "--tags", LINE, "--json")
    folder = root.parent / "theirs"
    folder.mkdir()
    (folder / "2026-01-02-pool.md").write_text(f"---\ntitle: {SHORT}\n---\n{TOLD}\n\n## Resolution\n{TOLD}\n")
    imported = document(opsloop(root, "import", str(folder), "--json"))["entries"]
    return [logged["id"], document(by_hand)["id"], imported[0]["id"]]


def test_no_page_and_no_answer_of_the_api_holds_one(told: tuple[Path, dict[str, str]]) -> None:
    _, said = told
    assert {path: found for path, text in said.items() if (found := leaked(text.encode()))} == {}
    assert "is full" in said["/learnings?q=pool"], "what was told came as far as the pages"


def test_no_file_that_the_demo_wrote_holds_one(told: tuple[Path, dict[str, str]]) -> None:
    root, _ = told
    files = [path for path in root.rglob("*") if path.is_file()]
    assert {"serve.log", "signals.sqlite", "audit.jsonl", "OPERATIONS_ISSUES.md"} <= {path.name for path in files}
    assert {str(path): found for path in files if (found := leaked(path.read_bytes()))} == {}
