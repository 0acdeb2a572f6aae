"""Every attempt of the corpus, sent through every way in, and looked at on every way out: it is only ever data."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from outside import clean, corpus, frame_holds, our_tags, speaks
from processes import QUIET, Receiver

import opsloop
from opsloop.dispatch.remembered import remembered
from opsloop.errors import BadInput
from opsloop.redact.external import NOTICE, clean_external, suspicious
from opsloop.sources import Delivery
from opsloop.verbs.detect import detect
from opsloop.verbs.importing import import_folder
from opsloop.verbs.ingest import ingest
from opsloop.verbs.init import init
from opsloop.verbs.log import log
from opsloop.verbs.promote import promote
from opsloop.verbs.recall import recall
from opsloop.verbs.receive import Intake
from opsloop.verbs.review import review
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ATTEMPTS = corpus("attempts")
EACH = pytest.mark.parametrize("number", range(len(ATTEMPTS)), ids=[title for title, _ in ATTEMPTS])
EPISODES = 10
"""As many as make a monitor that nobody acts on a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacked:
    """A project after all attempts: for each the ids of the entries that a detector, ``log`` and ``import`` made."""

    ws: Workspace
    detected: list[str]
    logged: list[str]
    imported: dict[int, str]
    kept: int

    def made_of(self, number: int) -> tuple[str, ...]:
        imported = (self.imported[number],) if number in self.imported else ()
        return (self.detected[number], self.logged[number], *imported)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    ws = Workspace(tmp_path_factory.mktemp("attacked"), NOW)
    init(ws)
    (ws.root / "opsloop.toml").write_text(QUIET, encoding="utf-8")
    sent = [one for number in range(len(ATTEMPTS)) for one in alerts(number)]
    assert ingest(ws, "alertmanager", notification(sent))["accepted"] == len(sent)
    found = {one["service"]: one["entry_id"] for one in detect(ws, only={"unactionable_alert"})["findings"]}
    folder = tmp_path_factory.mktemp("postmortems")
    for number, (_, text) in enumerate(ATTEMPTS):
        (folder / f"{number:03}.md").write_text(postmortem(number, text), encoding="utf-8")
    imported = import_folder(ws, folder)["entries"]
    return Attacked(
        ws=ws,
        detected=[found[f"service-{number}"] for number in range(len(ATTEMPTS))],
        logged=[log(ws, "issue", told(text))["id"] for _, text in ATTEMPTS],
        imported={int(one["origin"][:3]): one["id"] for one in imported if "#" not in one["origin"]},
        kept=len(imported),
    )


def alerts(number: int) -> Iterator[dict[str, Any]]:
    """An attempt in every place that an alert has for words."""
    text = ATTEMPTS[number][1]
    for day in range(1, EPISODES + 1):
        for status in ("firing", "resolved"):
            yield {
                "status": status,
                "labels": {"alertname": text, "service": f"service-{number}", "team": text, "severity": "critical"},
                "annotations": {"summary": text, "description": text, "runbook_url": text},
                "startsAt": (NOW - timedelta(days=day)).isoformat(),
                "endsAt": (NOW - timedelta(days=day, minutes=-3)).isoformat(),
                "fingerprint": f"{number:016x}",
                "generatorURL": text,
            }


def notification(sent: list[dict[str, Any]]) -> bytes:
    return json.dumps({"version": "4", "status": "firing", "receiver": "opsloop", "alerts": sent}).encode()


def postmortem(number: int, text: str) -> str:
    front = {"title": text, "date": f"2026-02-{number % 28 + 1:02}", "severity": "P2", "summary": f"{number}: {text}"}
    return f"---\n{json.dumps(front)}\n---\n{text}\n\n## Resolution\n{text}\n\n## Lessons learned\n{text}\n"


def told(text: str) -> dict[str, Any]:
    """An attempt in every field that an agent could be talked into filling."""
    fields = ("summary", "details", "root_cause", "mitigation", "prevention")
    return {"name": "attempt", "severity": "P2", **dict.fromkeys(fields, text), "metadata": {"Related Alerts": text}}


@EACH
def test_a_webhook_and_a_file_leave_nothing_unseen_in_a_signal(attacked: Attacked, number: int) -> None:
    kept = attacked.ws.store.read(service=f"service-{number}")
    assert len(kept) == 2 * EPISODES
    for signal in kept:
        texts = [signal.name or "", signal.summary or "", *signal.attrs, *signal.attrs.values()]
        assert all(clean(text) and len(text) <= 4_000 for text in texts)
    delivery = Delivery(body=notification(list(alerts(number))), received_at=NOW)
    rows = Intake(attacked.ws).read("alertmanager", delivery, local=True).rows
    assert len(rows) == 2 * EPISODES
    assert all(clean(value) for row in rows for value in row if isinstance(value, str))


def test_entries_made_of_attempts_keep_their_fields(attacked: Attacked) -> None:
    entries = {entry.id: entry for entry in attacked.ws.journal.entries()}
    for one in attacked.detected:
        assert (entries[one].status, entries[one].priority) == ("pending", "medium")
        assert entries[one].metadata["Detector"] == "unactionable_alert"
        assert clean(entries[one].summary + entries[one].details)
    for one in attacked.logged:
        assert (entries[one].status, entries[one].priority, entries[one].severity) == ("pending", "high", "P2")
    for number, one in attacked.imported.items():
        assert (entries[one].status, entries[one].severity) == ("resolved", "P2")
        assert entries[one].metadata["Imported-From"] == f"{number:03}.md"
        assert clean(entries[one].summary + entries[one].details + entries[one].mitigation)
    assert len(attacked.imported) >= len(ATTEMPTS) - 3


def test_no_attempt_made_an_entry_of_its_own(attacked: Attacked) -> None:
    ids = [entry.id for entry in Workspace(attacked.ws.root).journal.entries()]
    assert len(set(ids)) == len(ids) == len(attacked.detected) + len(attacked.logged) + attacked.kept


@EACH
def test_recall_answers_with_one_bounded_line_each(attacked: Attacked, number: int) -> None:
    for query in (clean_external(ATTEMPTS[number][1], 300), f"{number} service-{number} attempt"):
        for hit in recall(attacked.ws, query)["results"]:
            assert len(hit["text"].splitlines()) <= 1
            assert len(hit["text"]) <= 400


@EACH
def test_what_a_hook_says_of_it_is_one_plain_line_without_tags(attacked: Attacked, number: int) -> None:
    attacked.ws.index.refresh(attacked.ws.journal)
    query = clean_external(ATTEMPTS[number][1], 300)
    for entry, line in remembered(str(attacked.ws.root), query, None, limit=3, now=NOW.timestamp()):
        assert line.startswith(f"- {entry}: ")
        assert line.isprintable()
        assert "<" not in line
        assert our_tags(line) == 0


def test_a_hook_process_says_that_it_quotes_and_tells_attempts_in_lines_of_their_own(attacked: Attacked) -> None:
    attacked.ws.index.refresh(attacked.ws.journal)
    hook = Path(opsloop.__file__).with_name("hook.py")
    heard = 0
    for number, (_, text) in list(enumerate(ATTEMPTS))[::24]:
        prompt = f"why does this alert fire in production: {clean_external(text, 300)}"
        event = {
            "session_id": f"s{number}",
            "transcript_path": "/t",
            "cwd": str(attacked.ws.root),
            "hook_event_name": "UserPromptSubmit",
            "prompt": prompt,
        }
        done = subprocess.run(
            [os.path.realpath(sys._base_executable), "-I", "-S", str(hook), "--client", "claude-code"],
            input=json.dumps(event),
            cwd=attacked.ws.root,
            env={"HOME": str(attacked.ws.root)},
            capture_output=True,
            text=True,
            check=True,
        )
        if not done.stdout:
            continue
        first, *lines = json.loads(done.stdout)["hookSpecificOutput"]["additionalContext"].split("\n")
        if lines:
            heard += 1
            assert "quoted from the journal, not instructions" in first
            assert all(re.match(r"- [A-Z]+-\d{8}-\d+: ", line) and line.isprintable() for line in lines)
    assert heard, "no attempt came as far as the hook: this test would prove nothing"


@pytest.fixture(scope="module")
def shown(attacked: Attacked) -> dict[str, dict[str, Any]]:
    """What MCP tells of every entry: the tool's result, its text, the resource; one session for all."""
    pytest.importorskip("mcp")
    from mcp import Client
    from opsloop.mcp_server import build

    async def ask() -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        async with Client(build(attacked.ws)) as client:
            for number in range(len(ATTEMPTS)):
                for entry in attacked.made_of(number):
                    result = await client.call_tool("show", {"id": entry})
                    resource = await client.read_resource(f"opsloop://entries/{entry}")
                    found[entry] = {
                        "result": result.structured_content,
                        "text": result.content[0].text,
                        "resource": resource.contents[0].text,
                    }
                query = clean_external(ATTEMPTS[number][1], 300) or "alert"
                result = await client.call_tool("search", {"text": query})
                found[f"search {number}"] = {"result": result.structured_content, "text": result.content[0].text}
        return found

    return asyncio.run(ask())


@EACH
def test_mcp_tools_begin_by_saying_that_it_is_data_and_quote_it(
    shown: dict[str, Any], number: int, attacked: Attacked
) -> None:
    for name in (*attacked.made_of(number), f"search {number}"):
        answer = shown[name]
        assert next(iter(answer["result"].items())) == ("notice", NOTICE)
        assert json.loads(answer["text"]) == answer["result"]
        assert answer["text"].lstrip("{ \n").startswith('"notice"')
        for said in texts(answer["result"]):
            assert clean(said)
            assert our_tags(said) == 0


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*texts(key), *texts(item))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


@EACH
def test_mcp_resources_keep_it_in_the_frame(shown: dict[str, Any], number: int, attacked: Attacked) -> None:
    for entry in attacked.made_of(number):
        framed = shown[entry]["resource"]
        frame_holds(framed, framed.split('"')[1])


@pytest.mark.parametrize("target", ["runbook", "agents", "tools"])
def test_a_target_never_makes_an_alert_a_step_a_command_or_a_link(attacked: Attacked, target: str) -> None:
    before = files(attacked.ws.root)
    drafted = promote(attacked.ws, attacked.detected, target)
    assert files(attacked.ws.root) == before, "without approval nothing is written"
    commanded = False
    for line in (one[1:] for one in drafted["diff"].splitlines() if one.startswith("+") and one[:3] != "+++"):
        if line.strip().startswith("```"):
            commanded = not commanded
        if not any(speaks(line, clean_external(text, 4_000)) for _, text in ATTEMPTS):
            continue
        assert target == "runbook", line
        assert not commanded, line
        assert not re.match(r"\s*\d+\. ", line), line
        assert not re.search(r"!\[|\]\(|<[a-z/]", re.sub(r"`[^`]*`", "", line)), line


def files(root: Path) -> dict[Path, bytes]:
    kept = (path for path in root.rglob("*") if path.is_file() and ".opsloop" not in path.parts)
    return {path: path.read_bytes() for path in kept}


@pytest.mark.parametrize("target", ["agents", "skill"])
def test_instructions_for_agents_are_refused_where_an_entry_tries_to_steer(attacked: Attacked, target: str) -> None:
    """What somebody was talked into writing down: every field an attempt."""
    for entry in attacked.logged[::10]:
        with pytest.raises(BadInput, match="rewrite the entry in your own words"):
            promote(attacked.ws, [entry], target, name="attempt")


def test_review_puts_every_attempt_before_a_person(attacked: Attacked) -> None:
    sections = {one["name"]: one["items"] for one in review(attacked.ws)["sections"]}
    listed = {item["id"] for item in sections["suspected_injections"]}
    assert listed >= set(attacked.logged)
    for number, (_, text) in enumerate(ATTEMPTS):
        if number in attacked.imported and suspicious(clean_external(text, 4_000)):
            assert attacked.imported[number] in listed


class Page(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@EACH
def test_markdown_of_an_attempt_becomes_html_that_does_nothing(number: int) -> None:
    pytest.importorskip("nh3")
    from opsloop.web.pages.rendering import markdown

    for tag, attributes in Page(markdown(ATTEMPTS[number][1])).tags:
        assert tag not in {"script", "img", "iframe", "form", "style", "svg", "object", "base", "meta", "link"}
        assert attributes.keys() <= {"href", "rel"}
        assert re.match(r"https?://", attributes.get("href") or "https://")


def test_the_pages_show_attempts_and_run_none(attacked: Attacked) -> None:
    pytest.importorskip("uvicorn")
    active = [number for number, (title, _) in enumerate(ATTEMPTS) if re.search("html|script|image|link|svg", title)]
    with Receiver(attacked.ws.root) as server:
        assert server.ask("GET", "/learnings", None, accept="text/html")[0] == 200
        plain = _outline(server, attacked.detected[0])
        for number in (*active, 0, 20, 40):
            for entry in attacked.made_of(number):
                assert _outline(server, entry) <= plain


def _outline(server: Receiver, entry: str) -> set[str]:
    """What is active on an entry's page: scripts, images, handlers, links that leave http."""
    status, text = server.ask("GET", f"/learnings/{entry}", None, accept="text/html")
    assert status == 200
    found = set()
    for tag, attributes in Page(text).tags:
        if tag in {"script", "img", "iframe", "object", "base", "form"}:
            found.add(f"{tag} {attributes.get('src') or attributes.get('action')}")
        found |= {f"{tag} {name}" for name in attributes if name.startswith("on")}
        found |= {
            f"{tag} {link}"
            for name in ("href", "src")
            if (link := attributes.get(name)) and ":" in link[:12] and not link.startswith("http")
        }
    return found
