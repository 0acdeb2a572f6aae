"""What the receiver answers: accepted once it is stored, or refused with one clear reason."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import QUIET, Receiver, alert, notification, wait_until

from opsloop.cli import main


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    root = tmp_path_factory.mktemp("receiver")
    (root / "opsloop.toml").write_text(
        QUIET + 'body_bytes = 100000\nbody_timeout_s = 1\n[sources.github]\nsecret_env = "GITHUB_SECRET"\n'
    )
    with Receiver(root, env={"GITHUB_SECRET": "s3cret"}) as running:
        yield running


def test_a_delivery_is_counted_and_readable_at_once_and_twice_is_a_duplicate(receiver: Receiver) -> None:
    body = notification(alert(1), alert(2, status="resolved"), truncatedAlerts=3)
    status, first = receiver.post("alertmanager", body)
    assert (status, first["accepted"], first["duplicates"]) == (202, 2, 0)
    assert "3 alerts" in first["notes"][0]
    assert receiver.post("alertmanager", body)[1]["duplicates"] == 2
    _, page = receiver.get("/v1/signals?source=alertmanager&kind=alert")
    assert [one["status"] for one in page["signals"]] == ["firing", "resolved"]
    assert {one["origin"] for one in page["signals"]} == {"webhook"}


REFUSALS = {
    "no JSON": (400, b"{", {}),
    "too deep": (400, b"[" * 90_000, {}),
    "not the tool's": (400, b'{"foo": 1}', {}),
    "no UTF-8": (400, b'{"alerts": "\xff"}', {}),
    "too large": (413, b" " * 100_001, {}),
    "a bomb": (413, gzip.compress(b" " * 10_000_000), {"content-encoding": "gzip"}),
    "a torn gzip": (400, gzip.compress(b'{"alerts": []}')[:-9], {"content-encoding": "gzip"}),
    "two gzips in one body": (400, gzip.compress(b'{"alerts": []}') * 2, {"content-encoding": "gzip"}),
    "no gzip": (400, b"{}", {"content-encoding": "gzip"}),
    "another coding": (415, b"{}", {"content-encoding": "br"}),
    "a form": (415, b"{}", {"content-type": "application/x-www-form-urlencoded"}),
    "plain text": (415, b"{}", {"content-type": "text/plain"}),
    "another site's page": (403, b"{}", {"origin": "http://evil.example"}),
    "a rebound name": (403, b"{}", {"host": "evil.example"}),
    "a forwarder nobody trusts": (403, b"{}", {"x-forwarded-for": "203.0.113.7"}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_taken_is_refused_with_one_error(case: str, receiver: Receiver) -> None:
    wanted, body, headers = REFUSALS[case]
    status, answer = receiver.post("alertmanager", body, **headers)
    assert status == wanted, answer
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message"}
    assert "\n" not in answer["error"]["message"]


def test_gzip_is_read(receiver: Receiver) -> None:
    body = gzip.compress(json.dumps(notification(alert(50))).encode())
    status, answer = receiver.post("alertmanager", body, content_encoding="gzip")
    assert (status, answer["accepted"]) == (202, 1)


def test_unknown_sources_paths_and_methods_are_named(receiver: Receiver) -> None:
    status, answer = receiver.post("nope", {})
    assert status == 404
    assert "alertmanager" in answer["error"]["message"]
    assert receiver.get("/nope")[0] == 404
    assert receiver.get("/v1/webhooks/alertmanager")[0] == 405


def test_source_names_take_hyphens_and_underscores(receiver: Receiver) -> None:
    for name in ("azure-monitor", "azure_monitor"):
        assert receiver.post(name, {})[0] == 400


def test_a_configured_secret_is_demanded_and_its_signature_accepted(receiver: Receiver) -> None:
    body = b'{"zen": "Design for failure.", "hook_id": 1}'
    assert receiver.post("github", body, x_github_event="ping")[0] == 401
    signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    status, answer = receiver.post("github", body, x_github_event="ping", x_hub_signature_256=signature)
    assert (status, answer["accepted"]) == (202, 0)
    forged = "sha256=" + hmac.new(b"guess", body, hashlib.sha256).hexdigest()
    assert receiver.post("github", body, x_github_event="ping", x_hub_signature_256=forged)[0] == 401


@pytest.mark.parametrize("name", ["github%20", "%20github", "github%0A", "GitHub%C2%A0"])
def test_no_other_spelling_of_a_source_gets_around_its_secret(name: str, receiver: Receiver) -> None:
    assert receiver.post(name, b'{"zen": "Design for failure."}', x_github_event="ping")[0] == 404
    _, told = receiver.get("/metrics")
    assert all(line.startswith(("#", "opsloop_")) for line in str(told).splitlines())


def test_a_sender_that_goes_away_leaves_no_stack_trace(receiver: Receiver) -> None:
    host, port = receiver.url.removeprefix("http://").split(":")
    counted = 'opsloop_refused_total{source="uptimerobot",reason="bad_input"} 1'
    with socket.create_connection((host, int(port))) as sender:
        sender.sendall(
            b"POST /v1/webhooks/uptimerobot HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
    wait_until(lambda: counted in str(receiver.get("/metrics")[1]), within_s=8, what="the refusal")
    assert "Traceback" not in receiver.log.read_text()


@pytest.mark.slow
def test_a_body_that_trickles_is_cut_off(receiver: Receiver) -> None:
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(
            b"POST /v1/webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        slow.settimeout(10)
        began = time.monotonic()
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 8


def test_what_is_no_http_gets_a_json_error(receiver: Receiver) -> None:
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as strange:
        strange.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        told = strange.recv(1000)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert json.loads(told.partition(b"\r\n\r\n")[2])["error"]["code"] == "bad_request"


def test_pages_of_signals_follow_each_other(receiver: Receiver) -> None:
    receiver.post("alertmanager", notification(*(alert(number) for number in range(100, 110))))
    seen, path = [], "/v1/signals?limit=3"
    while path:
        status, page = receiver.get(path)
        assert status == 200
        seen += [one["id"] for one in page["signals"]]
        path = f"/v1/signals?limit=3&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == [one["id"] for one in receiver.get("/v1/signals?limit=1000")[1]["signals"]]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=1001", "since=yesterday", "kind=nope", "cursor=!", "a=1", "kind=alert&kind=alert"],
)
def test_a_wrong_query_is_a_400(query: str, receiver: Receiver) -> None:
    status, answer = receiver.get(f"/v1/signals?{query}")
    assert (status, answer["error"]["code"]) == (400, "bad_input")


def test_the_server_says_how_it_is(receiver: Receiver) -> None:
    assert receiver.get("/healthz") == (200, {"status": "ok"})
    assert receiver.get("/readyz")[0] == 200
    receiver.post("alertmanager", notification(alert(1)))
    assert receiver.post("nosuchsource", {})[0] == 404
    told = receiver.get("/metrics")[1]
    assert 'opsloop_events_total{source="alertmanager",result="accepted"}' in told
    assert 'opsloop_refused_total{source="unknown",reason="not_found"}' in told
    assert "opsloop_commit_seconds_bucket" in told
    assert receiver.get("/v1/openapi.json")[1]["openapi"] == "3.1.0"


def test_the_log_holds_no_bodies(receiver: Receiver) -> None:
    receiver.post("alertmanager", b'{"alerts": "TOPSECRETBODY"}')
    assert "TOPSECRETBODY" not in receiver.log.read_text()


@pytest.mark.slow
def test_stopping_finishes_what_was_begun(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    with Receiver(tmp_path) as running:
        running.post("alertmanager", notification(alert(1)))
        assert running.stop() == 0
    assert '"stopped"' in running.log.read_text()


@pytest.mark.slow
def test_an_address_for_others_needs_a_secret_first(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "opsloop", "--root", str(tmp_path), "serve", "--host", "0.0.0.0", "--port", "0"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert "secret_env" in refused.stderr
    (tmp_path / "opsloop.toml").write_text(QUIET + '[sources.github]\nsecret_env = "GITHUB_SECRET"\n')
    without = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert without.returncode == 2
    assert "GITHUB_SECRET" in without.stderr
    with Receiver(tmp_path, "--host", "0.0.0.0", env={"GITHUB_SECRET": "s"}) as running:
        running.url = running.url.replace("0.0.0.0", "127.0.0.1")
        assert running.get("/healthz")[0] == 200


@pytest.mark.slow
def test_a_port_that_is_taken_is_exit_5(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [
            sys.executable,
            "-m",
            "opsloop",
            "--root",
            str(tmp_path),
            "serve",
            "--port",
            str(taken.getsockname()[1]),
        ]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (refused.returncode, refused.stderr.count("\n")) == (5, 1)


@pytest.mark.slow
def test_tokens_open_and_close_the_api(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def token(*words: str) -> dict[str, str]:
        with pytest.raises(SystemExit):
            main(["--root", str(tmp_path), "--json", "token", *words])
        return json.loads(capsys.readouterr().out)

    (tmp_path / "opsloop.toml").write_text(QUIET)
    with Receiver(tmp_path) as running:
        assert running.get("/v1/signals")[0] == 200, "over loopback, without tokens, reading is open"
        made = token("create", "--name", "dashboard")
        assert running.get("/v1/signals")[0] == 401
        assert running.get("/v1/signals", authorization=f"Bearer {made['token']}")[0] == 200
        assert running.get("/v1/signals", authorization="Bearer opsloop_guess")[0] == 401
        assert made["token"] not in (tmp_path / ".opsloop" / "tokens.json").read_text()
        assert (tmp_path / ".opsloop" / "tokens.json").stat().st_mode & 0o077 == 0
        other = token("create", "--scope", "approve")
        token("revoke", made["id"])
        assert running.get("/v1/signals", authorization=f"Bearer {made['token']}")[0] == 401
        assert running.get("/v1/signals", authorization=f"Bearer {other['token']}")[0] == 200
    assert made["token"] not in running.log.read_text()


@pytest.mark.slow
def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + "requests_per_minute = 60\n")
    with Receiver(tmp_path) as running:
        answers = [running.get("/healthz")[0] for _ in range(20)]
        assert answers[:10] == [200] * 10
        assert answers[-1] == 429


@pytest.mark.slow
def test_background_runs_are_visible_and_done_once_by_two_replicas(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(
        "[serve]\nseal_every_minutes = 10\ndetect_every_minutes = 0\nverify_every_minutes = 0\n"
    )
    with Receiver(tmp_path) as first, Receiver(tmp_path) as second:
        first.post("alertmanager", notification(alert(1)))
        wait_until(lambda: second.get("/v1/runs")[1]["runs"], what="a run")
        time.sleep(3)
        runs = second.get("/v1/runs")[1]["runs"]
        assert [(run["job"], run["result"]) for run in runs] == [("seal", "ok")]
        assert first.get("/v1/runs")[1]["runs"] == runs


def test_a_subscription_is_shown_to_confirm_and_not_logged(receiver: Receiver) -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=0a1b2c"
    body = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:alarms", "SubscribeURL": url}
    status, answer = receiver.post("cloudwatch", body)
    assert (status, answer["accepted"], answer["ignored"]) == (202, 0, 1)
    page = wait_until(lambda: _when_computed(receiver, "/sources"), what="the page")
    assert url.replace("&", "&amp;") in page
    assert "nothing was fetched" in page
    assert '"noted", "source": "cloudwatch"' in receiver.log.read_text()
    assert "0a1b2c" not in receiver.log.read_text()


def _when_computed(receiver: Receiver, path: str) -> str:
    """A page; empty while it only says that it is being computed."""
    page = str(receiver.get(path)[1])
    return page if "Deliveries" in page else ""
