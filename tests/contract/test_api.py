"""The HTTP API: the verbs' documents, what each scope may, pages, ETags, and refusals in one form."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import document, opsloop
from processes import QUIET, Receiver

pytestmark = pytest.mark.slow

Call = Callable[..., tuple[int, Any]]
ENTRY = {
    "name": "pool_exhausted",
    "summary": "Pool of orders-db full",
    "mitigation": "Raise the pool by 50 connections",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("api")
    (root / "opsloop.toml").write_text(QUIET, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def tokens(project: Path) -> dict[str, str]:
    scopes = ("read", "write", "approve")
    return {
        scope: document(opsloop(project, "token", "create", "--scope", scope, "--json"))["token"] for scope in scopes
    }


@pytest.fixture(scope="module")
def receiver(project: Path) -> Iterator[Receiver]:
    with Receiver(project) as running:
        yield running


@pytest.fixture(scope="module")
def call(receiver: Receiver, tokens: dict[str, str]) -> Call:
    """Ask as who holds a token of a scope; a body is sent as JSON."""

    def ask(scope: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        raw = None if body is None else json.dumps(body).encode()
        named = {"authorization": f"Bearer {tokens[scope]}", **headers}
        if raw is not None:
            named.setdefault("content-type", "application/json")
        return receiver.ask(method, path, raw, **named)

    return ask


@pytest.fixture(scope="module")
def logged(call: Call) -> list[str]:
    """Ids of three entries, written over the API."""
    ids = []
    for number in range(3):
        status, made = call("write", "POST", "/v1/log/issue", ENTRY | {"name": f"pool_{number}"})
        assert status == 201
        ids.append(made["id"])
    return ids


def test_documents_are_those_of_the_command_line(call: Call, logged: list[str], project: Path) -> None:
    for path, words in (
        ("/v1/entries", ("list",)),
        (f"/v1/entries/{logged[0]}", ("show", logged[0])),
        ("/v1/candidates", ("promote", "--candidates")),
        ("/v1/search?text=pool", ("search", "pool")),
    ):
        status, over_http = call("read", "GET", path)
        assert status == 200
        printed = document(opsloop(project, *words, "--json"))
        assert {name: value for name, value in over_http.items() if name != "next_cursor"} == printed


def test_a_back_test_names_its_detector(call: Call, logged: list[str]) -> None:
    status, replayed = call("read", "GET", "/v1/backtest?detector=alert_fatigue&set=max_episodes_per_day=10&days=7")
    assert (status, replayed.get("days")) == (200, 7), replayed
    assert [result["detector"] for result in replayed["results"]] == ["alert_fatigue"]
    assert call("read", "GET", "/v1/backtest?detector=nosuch")[0] == 404
    status, refused = call("read", "GET", "/v1/backtest")
    assert (status, "detector" in refused["error"]["message"]) == (400, True)


def test_each_scope_may_what_it_names_and_no_more(call: Call, receiver: Receiver, logged: list[str]) -> None:
    link = {"one": logged[0], "other": logged[1]}
    assert receiver.ask("GET", "/v1/entries", None)[0] == 401
    assert call("read", "POST", "/v1/link", link)[0] == 403
    assert call("write", "POST", "/v1/link", link)[0] == 200
    assert call("write", "POST", "/v1/reject", {"id": [logged[0]], "to": "runbook", "reason": "no"})[0] == 403


def test_lists_come_in_pages_that_join_without_gap_or_repeat(call: Call, logged: list[str]) -> None:
    seen: list[str] = []
    path: str | None = "/v1/entries?limit=2"
    while path:
        page = call("read", "GET", path)[1]
        assert len(page["entries"]) <= 2
        seen += [entry["id"] for entry in page["entries"]]
        path = f"/v1/entries?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert seen == logged
    assert call("read", "GET", "/v1/entries?cursor=OPS-20000101-001")[0] == 400


def test_what_has_not_changed_is_answered_304(receiver: Receiver, tokens: dict[str, str], logged: list[str]) -> None:
    url = f"{receiver.url}/v1/entries/{logged[0]}"
    headers = {"Authorization": f"Bearer {tokens['read']}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        tag = answer.headers["ETag"]
    assert tag.startswith('"')
    again = receiver.ask("GET", f"/v1/entries/{logged[0]}", None, **headers, if_none_match=f'"other", W/{tag}')
    assert again == (304, "")
    assert receiver.ask("GET", f"/v1/entries/{logged[0]}", None, **headers, if_none_match='"other"')[0] == 200


def test_a_promotion_is_approved_as_it_was_seen_and_not_otherwise(call: Call, logged: list[str], project: Path) -> None:
    status, shown = call("read", "GET", f"/v1/promote?id={logged[0]}&to=runbook")
    assert status == 200
    assert not (project / shown["path"]).exists()
    wanted = {"id": [logged[0]], "to": "runbook"}
    assert call("approve", "POST", "/v1/approve", wanted | {"seen": "something else"})[0] == 409
    status, done = call("approve", "POST", "/v1/approve", wanted | {"seen": shown["seen"]})
    assert (status, done["status"]) == (200, "promoted")
    assert (project / shown["path"]).is_file()
    records = [json.loads(line) for line in (project / ".opsloop" / "audit.jsonl").read_text().splitlines()]
    assert {"api"} == {record["actor"] for record in records if record["subject"] == logged[0]} - {"cli"}


def test_a_file_is_taken_in_and_found(call: Call, receiver: Receiver, tokens: dict[str, str]) -> None:
    line = (
        '{"id": "s1", "source": "t", "kind": "alert", "status": "firing", "at": "2026-03-01T00:00:00Z", "name": "Full"}'
    )
    headers = {"authorization": f"Bearer {tokens['write']}", "content-type": "application/x-ndjson"}
    body = f"{line}\nnot json\n".encode()
    status, done = receiver.ask("POST", "/v1/ingest/signals", body, **headers)
    assert (status, done["accepted"], len(done["rejected"])) == (200, 1, 1)
    status, result = call("read", "GET", "/v1/metrics/alerts?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z")
    assert (status, result["groups"][0]["episodes"]) == (200, 1)


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (("GET", "/v1/entries?colour=red", None), 400, "colour"),
        (("GET", "/v1/entries?limit=many", None), 400, "limit"),
        (("GET", "/v1/entries?kind=riddle", None), 400, "riddle"),
        (("GET", "/v1/entries/OPS-20000101-001", None), 404, "OPS-20000101-001"),
        (("GET", "/v1/metrics/weather", None), 400, "weather"),
        (("GET", "/v1/metrics/dora?from=yesterday", None), 400, "RFC 3339"),
        (("POST", "/v1/resolve", {"id": "OPS-20000101-001"}), 400, "notes"),
        (("POST", "/v1/log/issue", {"severity": "P9", "name": "x"}), 400, "P9"),
        (("POST", "/v1/classify", ["no", "object"]), 400, "object"),
        (("DELETE", "/v1/entries", None), 405, "DELETE"),
    ],
)
def test_a_mistake_is_refused_with_what_is_wrong(
    asked: tuple[str, str, Any], status: int, told: str, call: Call
) -> None:
    answered, error = call("approve", *asked)
    assert answered == status, error
    assert error["error"].keys() == {"code", "message"}
    assert told in error["error"]["message"]


def test_a_form_of_another_site_cannot_post(call: Call, logged: list[str]) -> None:
    link = {"one": logged[0], "other": logged[2]}
    assert call("approve", "POST", "/v1/link", link, **{"content-type": "text/plain"})[0] == 415
    assert call("approve", "POST", "/v1/link", link, origin="http://evil.example")[0] == 403
