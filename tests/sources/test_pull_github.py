"""``pull github`` against a local server that pages, limits and fails as GitHub does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from commandline import document, opsloop
from vendorserver import Asked, Reply, VendorServer

from opsloop.errors import BadInput, OutsideFailed
from opsloop.sources import Delivery, load
from opsloop.verbs.pull import pull
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.servers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "ghp_local_test_token_0123456789"
REPO = "shop/checkout"


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class GitHub:
    """One repository: deployments, runs and pull requests, newest first, a hundred a page."""

    def __init__(self, deployments=230, runs=3):
        self.deployments = [self.deployment(number) for number in range(deployments)]
        self.runs = [self.run(number) for number in range(runs)]
        self.pulls = [self.pull(1, merged=True), self.pull(2, merged=False)]
        self.pending = set()
        self.troubles = []

    def deployment(self, number):
        return {
            "id": number,
            "sha": f"{number:040x}",
            "task": "deploy",
            "environment": "production",
            "created_at": stamp(NOW - timedelta(hours=4 * number + 1)),
            "payload": {},
        }

    def statuses(self, number):
        state = "in_progress" if number in self.pending else "success"
        at = NOW - timedelta(hours=4 * number + 1) + timedelta(minutes=5)
        return [
            {"id": 10_000 * number + len(state), "state": state, "environment": "production", "created_at": stamp(at)}
        ]

    def run(self, number):
        began = NOW - timedelta(minutes=10 * number + 10)
        return {
            "id": number,
            "name": "build",
            "run_attempt": 1,
            "status": "completed",
            "conclusion": "success",
            "created_at": stamp(began),
            "run_started_at": stamp(began),
            "updated_at": stamp(began + timedelta(minutes=3)),
        }

    def pull(self, number, *, merged):
        at = stamp(NOW - timedelta(days=number))
        return {
            "number": number,
            "title": "Retry once",
            "created_at": stamp(NOW - timedelta(days=number + 3)),
            "updated_at": at,
            "merged_at": at if merged else None,
            "head": {"sha": "aa"},
            "base": {"ref": "main"},
            "user": {"login": "kai"},
        }

    def __call__(self, asked):
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is not None:
                return trouble
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(status=401, body={"message": "Bad credentials"})
        return self.answer(asked, asked.path.removeprefix(f"/repos/{REPO}").split("/")[1:])

    def answer(self, asked, path):
        """What stands at a path below the repository's."""
        match path:
            case []:
                reply = Reply(body={"full_name": REPO})
            case ["deployments", number, "statuses"]:
                reply = Reply(body=self.statuses(int(number)))
            case ["deployments", number]:
                reply = Reply(body=self.deployments[int(number)])
            case ["actions", "runs", number, "attempts", _]:
                reply = Reply(body={**self.runs[int(number)], "run_attempt": 1, "conclusion": "failure"})
            case ["actions", "runs", number]:
                reply = Reply(body=self.runs[int(number)])
            case ["actions", "runs"]:
                reply = self.runs_page(asked)
            case ["pulls", _, "commits"]:
                reply = Reply(body=[{"commit": {"author": {"date": "2026-02-20T08:00:00Z"}}}])
            case [("deployments" | "pulls") as listed]:
                reply = self.page(asked, getattr(self, listed))
            case _:
                reply = Reply(status=404, body={"message": "Not Found"})
        return reply

    def runs_page(self, asked):
        """At most a thousand runs of a span, with the count of all."""
        first, last = asked.query["created"].split("..")
        found = [run for run in self.runs if first <= run["created_at"] < last]
        reply = self.page(asked, found[:1000])
        return Reply(body={"total_count": len(found), "workflow_runs": reply.body}, headers=reply.headers)

    def page(self, asked, items):
        number, size = int(asked.query.get("page", 1)), int(asked.query["per_page"])
        headers = {}
        if number * size < len(items):
            rest = "&".join(f"{name}={value}" for name, value in asked.query.items() if name != "page")
            headers["Link"] = f'<http://{asked.headers["host"]}{asked.path}?{rest}&page={number + 1}>; rel="next"'
        return Reply(body=items[(number - 1) * size : number * size], headers=headers)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


@pytest.fixture
def ask(tmp_path, token):
    def ask(server, now=NOW, since=None, **options):
        options = {"url": server.url, "repositories": [REPO], **options}
        return pull(Workspace(tmp_path, now), "github", options=options, since=since)

    ask.root = tmp_path
    return ask


def test_every_page_is_read_and_the_second_pull_stores_nothing(ask):
    with VendorServer(GitHub()) as server:
        first = ask(server)
        asked = len(server.asked)
        second = ask(server)
    # 230 requests and successes of deployments, 3 runs, one change merged, two opened
    assert first["accepted"] == 230 * 2 + 3 + 3
    assert first["duplicates"] == 0
    assert second["accepted"] == 0
    assert len(server.asked) - asked < asked / 5, "the cursor saves most of the questions"


def test_a_pull_and_a_webhook_tell_an_event_under_one_id(ask):
    github = GitHub(deployments=1)
    with VendorServer(github) as server:
        ask(server)
    stored = {signal.id for signal in Workspace(ask.root, NOW).store.read()}
    body = b'{"action":"created","deployment":{"id":0,"created_at":"2026-03-02T08:00:00Z"},"deployment_status":{"id":7,"state":"success","created_at":"2026-03-02T08:05:00Z"},"repository":{"full_name":"shop/checkout"}}'
    posted = load("github").parse(
        Delivery(body=body, headers={"x-github-event": "deployment_status"}, received_at=NOW), {}
    )
    assert posted.signals[0].id in stored


def test_a_merged_pull_request_knows_its_first_commit(ask):
    with VendorServer(GitHub()) as server:
        ask(server)
    merged = [signal for signal in Workspace(ask.root, NOW).store.read(kind="change") if signal.status == "merged"]
    assert [signal.attrs["first_commit_at"] for signal in merged] == ["2026-02-20T08:00:00Z"]


def test_an_unfinished_deployment_is_asked_for_again_much_later(ask):
    github = GitHub(deployments=40)
    github.pending = {30}
    with VendorServer(github) as server:
        assert ask(server)["accepted"] == 40 * 2 + 6
        github.pending = set()
        later = ask(server, NOW + timedelta(days=3))
    assert later["accepted"] == 1


def test_an_unfinished_deployment_that_was_deleted_does_not_end_every_pull(ask):
    github, deleted = GitHub(deployments=40), f"/repos/{REPO}/deployments/30"
    github.pending = {30}
    gone = Reply(status=404, body={"message": "Not Found"})
    with VendorServer(lambda asked: gone if asked.path == deleted else github(asked)) as server:
        for days in (0, 3, 6):
            ask(server, NOW + timedelta(days=days))
        assert server.count(deleted) == 1, "it is not asked for again"


def test_a_run_that_takes_longer_than_a_day_is_told_when_it_ends(ask):
    github = GitHub(deployments=0, runs=1)
    ended = {**github.runs[0], "updated_at": stamp(NOW + timedelta(hours=30))}
    github.runs = [{**ended, "status": "waiting", "conclusion": None}]
    with VendorServer(github) as server:
        ask(server)
        ask(server, NOW + timedelta(hours=26))
        github.runs = [ended]
        assert ask(server, NOW + timedelta(hours=52))["accepted"] == 1
        ask(server, NOW + timedelta(hours=78))
        assert server.count(f"/repos/{REPO}/actions/runs/0") == 2, "and then no more"


def test_earlier_attempts_of_a_run_are_told_too(ask):
    github = GitHub(deployments=0, runs=1)
    github.runs[0]["run_attempt"] = 2
    with VendorServer(github) as server:
        ask(server)
    told = Workspace(ask.root, NOW).store.read(kind="pipeline")
    assert {(signal.fingerprint, signal.status) for signal in told} == {
        ("workflow_run:0#1", "failed"),
        ("workflow_run:0#2", "succeeded"),
    }


def test_all_that_is_under_way_is_asked_for_again_for_ninety_days(ask):
    github = GitHub(deployments=150)
    github.pending = set(range(150))
    with VendorServer(github) as server:
        ask(server)
        before, github.pending = server.count("/statuses"), {149}
        assert ask(server, NOW + timedelta(days=3))["accepted"] == 149
        assert server.count("/statuses") - before == 150
        ask(server, NOW + timedelta(days=70))
        ask(server, NOW + timedelta(days=80))
        assert server.count(f"/repos/{REPO}/deployments/149") == 2, "it is 25 days older than the first pull"


def test_history_that_is_asked_for_again_forgets_nothing_that_is_under_way(ask):
    github = GitHub(deployments=40)
    github.pending = {30}
    with VendorServer(github) as server:
        ask(server)
        ask(server, NOW + timedelta(days=1), since=stamp(NOW - timedelta(hours=1)))
        github.pending = set()
        assert ask(server, NOW + timedelta(days=3))["accepted"] == 1


def test_history_that_is_asked_for_again_may_be_cut_off_again_and_again(ask):
    github, since = GitHub(), stamp(NOW - timedelta(days=80))
    limit = Reply(
        status=429, body={}, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)}
    )
    with VendorServer(github) as server:
        ask(server)
        for amid in (130, 130):
            github.troubles = [*[None] * amid, limit]
            with pytest.raises(OutsideFailed):
                ask(server, NOW + timedelta(hours=1), since=since)
        before = server.count("/statuses")
        ask(server, NOW + timedelta(hours=1), since=since)
        assert server.count("/statuses") - before < 100, "two pages were swept before"


def test_a_repository_is_called_as_its_webhooks_call_it(ask):
    github = GitHub(deployments=2)
    with VendorServer(github) as server:
        ask(server)
        path = "/repos/Shop/Checkout"
        renamed = VendorServer(
            lambda asked: github(
                Asked(path=asked.path.replace(path, f"/repos/{REPO}"), query=asked.query, headers=asked.headers)
            )
        )
        with renamed:
            assert ask(renamed, repositories=["Shop/Checkout"])["accepted"] == 0
    assert {signal.service for signal in Workspace(ask.root, NOW).store.read()} == {REPO}


def test_a_repository_that_is_gone_does_not_keep_the_others_back(ask):
    with VendorServer(GitHub(deployments=2)) as server:
        with pytest.raises(OutsideFailed, match=r"shop/gone is not there.*everything else was pulled"):
            ask(server, repositories=["shop/gone", REPO])
        assert len(Workspace(ask.root, NOW).store.read()) == 2 * 2 + 6


@pytest.mark.parametrize("part", ["deployments", "runs", "pulls"])
def test_an_answer_of_another_form_is_not_taken_for_silence(ask, part):
    github = GitHub(deployments=1)
    other = Reply(body={"items": []})
    with (
        VendorServer(lambda asked: other if asked.path.endswith(part) else github(asked)) as server,
        pytest.raises(OutsideFailed, match="holds no list"),
    ):
        ask(server)


def test_a_spent_rate_limit_is_waited_for(ask):
    github = GitHub(deployments=3)
    github.troubles = [
        Reply(
            status=403,
            body={"message": "API rate limit exceeded"},
            headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1)},
        ),
        None,
        Reply(status=429, body={"message": "secondary rate limit"}, headers={"Retry-After": "0"}),
    ]
    with VendorServer(github) as server:
        assert ask(server)["accepted"] == 3 * 2 + 6


def test_a_limit_that_lasts_long_ends_the_run_and_the_next_goes_on(ask):
    github = GitHub()
    limit = Reply(
        status=403,
        body={"message": f"limit for {TOKEN}"},
        headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)},
    )
    github.troubles = [*[None] * 150, limit]  # amid the second page of deployments
    with VendorServer(github) as server:
        with pytest.raises(OutsideFailed, match="run it again") as refusal:
            ask(server)
        asked = server.count("/statuses")
        stored = len(Workspace(ask.root, NOW).store.read())
        assert stored == 200, "the first page of a hundred deployments is kept"
        rest = ask(server)
    assert TOKEN not in str(refusal.value)
    assert stored + rest["accepted"] == 230 * 2 + 6
    assert server.count("/statuses") - asked == 130, "the first hundred are not asked for again"


def test_more_runs_than_github_gives_for_a_span_are_asked_for_in_halves(ask):
    github = GitHub(deployments=0)
    github.runs = [
        {**github.run(number), "created_at": stamp(NOW - timedelta(seconds=60 * number + 60))} for number in range(2400)
    ]
    with VendorServer(github) as server:
        assert ask(server)["accepted"] == 2400 + 3


def test_a_wrong_token_is_said_without_the_token(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_wrong_token_987654321")
    with VendorServer(GitHub()) as server, pytest.raises(OutsideFailed, match="is the token right") as refusal:
        pull(Workspace(tmp_path, NOW), "github", options={"url": server.url, "repositories": [REPO]})
    assert "ghp_wrong" not in str(refusal.value)


def test_a_next_page_on_another_host_is_not_followed(ask):
    reply = Reply(body=[], headers={"Link": '<http://evil.example/repos?page=2>; rel="next"'})
    with VendorServer(lambda asked: reply) as server, pytest.raises(OutsideFailed, match="another host"):
        ask(server)


def test_credentials_in_the_url_are_refused(tmp_path, token):
    with pytest.raises(BadInput, match="credentials"):
        pull(
            Workspace(tmp_path, NOW),
            "github",
            options={"url": "https://me:secret@github.example", "repositories": [REPO]},
        )


def test_the_command_answers_with_counts_and_never_with_the_token(tmp_path, token):
    with VendorServer(GitHub(deployments=2)) as server:
        done = opsloop(tmp_path, "pull", "github", "--json", "--url", server.url, "--repository", REPO)
        refused = opsloop(tmp_path, "pull", "github", "--json", "--url", server.url, "--repository", "shop/unknown")
    answer = document(done)
    assert (answer["accepted"], answer["duplicates"], answer["rejected"]) == (2 * 2 + 6, 0, [])
    assert refused.returncode == 5
    assert json.loads(refused.stderr)["error"]["code"] == "outside_failed"
    kept = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert TOKEN not in done.stdout + done.stderr + refused.stderr + kept


def test_a_server_that_cannot_be_reached_is_a_failure_outside(tmp_path, token, monkeypatch):
    monkeypatch.setattr("opsloop.sources.rest.TRIES", 1)
    with pytest.raises(OutsideFailed, match="gave up"):
        pull(Workspace(tmp_path, NOW), "github", options={"url": "http://127.0.0.1:9", "repositories": [REPO]})


@pytest.mark.slow
@pytest.mark.parametrize("questions", [60, 130, 180])
def test_a_pull_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path, token, questions):
    github = GitHub(deployments=150)
    with VendorServer(github) as server:
        words = ["pull", "github", "--url", server.url, "--repository", REPO]
        command = [sys.executable, "-m", "opsloop", "--root", str(tmp_path), "--now", stamp(NOW), *words]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.asked) < questions and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait(30)
        pull(Workspace(tmp_path, NOW), "github", options={"url": server.url, "repositories": [REPO]})
    assert len(Workspace(tmp_path, NOW).store.read()) == 150 * 2 + 3 + 3
