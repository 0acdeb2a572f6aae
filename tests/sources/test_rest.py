"""The patience and the discretion of every pull."""

from __future__ import annotations

import pytest
from vendorserver import Reply, VendorServer

from opsloop.errors import BadInput, Conflict, NotFound, OutsideFailed
from opsloop.sources.rest import TRIES, Api
from opsloop.verbs.pull import pull
from opsloop.verbs.workspace import Workspace


def answers(*replies):
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def test_errors_of_the_server_are_waited_for_twice_as_long_each_time():
    waits = []
    troubles = [Reply(status=503, body={})] * 3
    with VendorServer(answers(*troubles, Reply(body={"ok": 1}))) as server, Api(server.url, pause=waits.append) as api:
        assert api.get("/x").body == {"ok": 1}
    assert waits == [1.0, 2.0, 4.0]


def test_the_server_says_how_long_to_wait():
    waits = []
    trouble = Reply(status=429, body={}, headers={"Retry-After": "7"})
    with VendorServer(answers(trouble, Reply(body=[]))) as server, Api(server.url, pause=waits.append) as api:
        api.get("/x")
    assert waits == [7.0]


@pytest.mark.parametrize("status", [403, 429])
def test_the_limit_that_does_not_say_how_long_is_waited_for_a_minute(status):
    waits = []
    said = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    left = {"X-RateLimit-Remaining": "4711", "X-RateLimit-Reset": "32503680000"}
    trouble = Reply(status=status, body=said, headers=left)
    with VendorServer(answers(trouble, Reply(body=[]))) as server, Api(server.url, pause=waits.append) as api:
        api.get("/x")
    assert waits == [60.0]


def test_it_gives_up_after_some_tries_and_says_so():
    with VendorServer(lambda asked: Reply(status=500, body={"message": "broken for s3cret-token"})) as server:
        with (
            Api(server.url, token="s3cret-token", pause=lambda _: None) as api,
            pytest.raises(OutsideFailed, match=r"/x: HTTP 500 .*gave up") as refusal,
        ):
            api.get("/x", {"q": "up"})
        assert len(server.asked) == TRIES
    assert "s3cret-token" not in str(refusal.value)


def test_a_bad_question_is_not_asked_twice():
    with VendorServer(lambda asked: Reply(status=400, body={"error": "parse error"})) as server:
        with Api(server.url) as api, pytest.raises(OutsideFailed, match="parse error"):
            api.get("/x")
        assert len(server.asked) == 1


def test_a_redirect_to_another_host_does_not_carry_the_credentials():
    with VendorServer(lambda asked: Reply(body=asked.headers.get("authorization"))) as other:
        place = other.url.replace("127.0.0.1", "localhost")
        away = Reply(status=302, body=None, headers={"Location": f"{place}/y"})
        with VendorServer(lambda asked: away) as server, Api(server.url, token="s3cret-token") as api:
            assert api.get("/x").body is None


def test_what_only_posts_cannot_be_pulled(tmp_path):
    with pytest.raises(NotFound):
        pull(Workspace(tmp_path), "nagios3")
    with pytest.raises(Exception, match="there are alertmanager github pagerduty prometheus"):
        pull(Workspace(tmp_path), "pingdom")


def test_two_pulls_of_one_source_do_not_run_at_once(tmp_path):
    from filelock import FileLock

    (tmp_path / ".opsloop" / "cursors").mkdir(parents=True)
    with FileLock(tmp_path / ".opsloop" / "cursors" / "prometheus.lock"), pytest.raises(Conflict, match="wait for it"):
        pull(Workspace(tmp_path), "prometheus", options={"url": "http://127.0.0.1:9"})


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1500000000"}]
)
def test_a_wait_that_is_over_by_our_clock_does_not_use_up_the_tries_at_once(headers):
    waits = []
    trouble = Reply(status=429, body={}, headers=headers)
    with VendorServer(answers(*[trouble] * 2, Reply(body=[]))) as server, Api(server.url, pause=waits.append) as api:
        api.get("/x")
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"},
        {"Retry-After": "9" * 4400},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 4400},
    ],
)
def test_a_wait_that_nobody_can_mean_is_none(headers):
    waits = []
    trouble = Reply(status=429, body={}, headers=headers)
    with VendorServer(answers(trouble, Reply(body=[]))) as server, Api(server.url, pause=waits.append) as api:
        api.get("/x")
    assert waits == [1.0]


@pytest.mark.parametrize("url", ["htp://kai:s3cret@prom:9090", "https//kai:s3cret@prom:9090", "kai:s3cret@prom:9090"])
def test_an_address_that_is_none_is_said_without_its_password(url):
    with pytest.raises(BadInput, match="not of the form") as refusal:
        Api(url)
    assert "s3cret" not in str(refusal.value)


def test_what_a_server_says_back_of_the_credentials_is_hidden():
    def answer(asked):
        return Reply(status=400, body={"message": f"no: {asked.headers['authorization']}"})

    with (
        VendorServer(answer) as server,
        Api(server.url, token="s3cret", user="kai") as api,
        pytest.raises(OutsideFailed) as refusal,
    ):
        api.get("/x")
    assert "Basic ***" in str(refusal.value)


def test_a_proxy_without_a_readable_address_is_said(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://[::1")
    with pytest.raises(BadInput, match="the proxy"):
        Api("http://prom:9090")


@pytest.mark.parametrize("token", ["s3cret\ntoken", "s3crét"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token):
    with pytest.raises(BadInput, match="the token holds") as refusal:
        Api("http://127.0.0.1:9", token=token)
    assert "s3cr" not in str(refusal.value)
    Api("http://127.0.0.1:9", token=token, user="a password may hold anything")


def test_a_next_page_without_a_readable_address_is_a_failure_outside():
    with Api("http://127.0.0.1:9") as api, pytest.raises(OutsideFailed, match="no readable address"):
        api.get("http://[::1/next")
