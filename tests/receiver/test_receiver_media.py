"""Bodies that are no JSON document: taken from the tools that send them, and never from a browser's page."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import QUIET, Receiver

FORM = "application/x-www-form-urlencoded"
RELEASE = {
    "action": "published",
    "release": {"id": 7_120, "tag_name": "v3.1", "published_at": "2026-02-11T08:00:00Z"},
    "repository": {"full_name": "harbour/ferry"},
}
DOWN = {
    "monitorID": "551",
    "monitorURL": "https://ferry.example",
    "monitorFriendlyName": "Ferry desk",
    "alertType": "1",
    "alertDetails": "Connection refused",
    "alertDateTime": "1770796800",
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    root = tmp_path_factory.mktemp("media")
    (root / "opsloop.toml").write_text(QUIET + '[sources.github]\nsecret_env = "GITHUB_SECRET"\n')
    with Receiver(root, env={"GITHUB_SECRET": "s3cret"}) as running:
        yield running


def signed(body: bytes) -> str:
    return "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


def test_github_may_post_a_form_signed_as_it_is_sent(receiver: Receiver) -> None:
    body = urlencode({"payload": json.dumps(RELEASE)}).encode()
    headers = {"content-type": FORM, "x-github-event": "release", "x-hub-signature-256": signed(body)}
    status, answer = receiver.post("github", body, **headers)
    assert (status, answer["accepted"]) == (202, 1)
    headers["x-hub-signature-256"] = signed(json.dumps(RELEASE).encode())
    assert receiver.post("github", body, **headers)[0] == 401


@pytest.mark.parametrize("way", ["form", "address", "json called a form"])
def test_uptimerobot_may_send_its_fields_as_a_form_or_in_the_address(way: str, receiver: Receiver) -> None:
    fields = {**DOWN, "monitorID": way, "monitorURL": f"https://{len(way)}.example"}
    where = f"uptimerobot?{urlencode(fields)}" if way == "address" else "uptimerobot"
    body = {"form": urlencode(fields), "address": "", "json called a form": json.dumps(fields)}[way].encode()
    status, answer = receiver.post(where, body, **{"content-type": FORM})
    assert (status, answer["accepted"]) == (202, 1)
    _, page = receiver.get("/v1/signals?source=uptimerobot")
    assert (page["signals"][-1]["service"], page["signals"][-1]["at"]) == ("Ferry desk", "2026-02-11T08:00:00Z")


def test_uptime_kuma_may_post_a_multipart_form(receiver: Receiver) -> None:
    told = {"heartbeat": {"status": 0, "time": "2026-02-11 08:00:00.5"}, "monitor": {"id": 4, "name": "quay"}}
    body = f'--xyz\r\nContent-Disposition: form-data; name="data"\r\n\r\n{json.dumps(told)}\r\n--xyz--\r\n'.encode()
    status, answer = receiver.post("uptime-kuma", body, **{"content-type": "multipart/form-data; boundary=xyz"})
    assert (status, answer["accepted"]) == (202, 1)


def test_fields_in_the_address_of_a_get_need_a_secret(receiver: Receiver, tmp_path: Path) -> None:
    where = f"/v1/webhooks/uptimerobot?{urlencode(DOWN)}"
    assert receiver.get(where)[0] == 405
    (tmp_path / "opsloop.toml").write_text(QUIET + '[sources.uptimerobot]\nsecret_env = "ROBOT"\n')
    with Receiver(tmp_path, env={"ROBOT": "s3cret"}) as closed:
        assert closed.get(where)[0] == 401
        known = {"authorization": "Bearer s3cret"}
        assert closed.get(where, sec_fetch_site="cross-site", **known)[0] == 415
        status, answer = closed.get(where, **known)
        assert (status, answer["accepted"]) == (202, 1)
        assert closed.get("/v1/webhooks/uptimerobot", **known)[0] == 400


@pytest.mark.parametrize("header", ["origin", "referer", "cookie", "sec_fetch_site"])
def test_a_form_from_a_browser_is_refused(header: str, receiver: Receiver) -> None:
    value = receiver.url if header == "origin" else "none"
    status, _ = receiver.post("uptimerobot", urlencode(DOWN).encode(), **{"content-type": FORM, header: value})
    assert status == 415


@pytest.mark.parametrize(
    "body",
    [b"\xff=1", b"&".join(b"a%d=1" % number for number in range(300)), b"", b"payload=%7B", b"data=%7B%22a%22%3A1%7D"],
)
def test_a_form_that_says_nothing_is_refused_with_a_reason(body: bytes, receiver: Receiver) -> None:
    status, answer = receiver.post("uptimerobot", body, **{"content-type": FORM})
    assert (status, answer["error"]["code"]) == (400, "bad_input")
