"""Who may hold a connection, and who is asked for a password."""

from __future__ import annotations

import base64
import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from processes import QUIET, Receiver, alert, notification, wait_until


def test_connections_are_bounded_and_who_comes_too_many_is_told_when_to_come_back(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + "connections = 3\n")
    with Receiver(tmp_path) as receiver, ExitStack() as idle:
        host, port = receiver.url.removeprefix("http://").split(":")
        for _ in range(3):
            idle.enter_context(socket.create_connection((host, int(port))))

        def refused() -> bytes:
            with socket.create_connection((host, int(port)), timeout=5) as fourth:
                fourth.settimeout(1)
                try:
                    return fourth.recv(1000)
                except TimeoutError:  # the server had not yet heard of the other three
                    return b""

        told = wait_until(refused, within_s=8, what="a refusal")
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: " in told
        idle.close()
        wait_until(lambda: b"503" not in refused(), within_s=8, what="room")
        assert receiver.post("alertmanager", notification(alert(1)))[0] == 202


def test_a_webhook_asks_for_its_password_as_sns_expects_it(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET + '[sources.cloudwatch]\nsecret_env = "SNS_SECRET"\n')
    body = b'{"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "SubscribeURL": "https://x"}'
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "SubscriptionConfirmation"}
    with Receiver(tmp_path, env={"SNS_SECRET": "pa:ss"}) as receiver:
        url = f"{receiver.url}/v1/webhooks/cloudwatch"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(url, body, headers))
        assert refused.value.code == 401
        assert refused.value.headers["WWW-Authenticate"].startswith("Basic realm=")
        refused.value.close()
        again = {**headers, "authorization": "Basic " + base64.b64encode(b"opsloop:pa:ss").decode()}
        with urllib.request.urlopen(urllib.request.Request(url, body, again)) as answer:
            assert answer.status == 202


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade"])
def test_an_offer_of_another_protocol_takes_no_body_away(name: bytes, tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    body = json.dumps(notification(alert(1)) | {"x": "\nUpgrade: \r\n\r\nupgrade: "}).encode()
    head = b"POST /v1/webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\n%b: h2c\r\n" % name
    request = head + offer + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with Receiver(tmp_path) as receiver:
        host, port = receiver.url.removeprefix("http://").split(":")
        inside = request.index(b"\n" + name) + 4
        for cuts, told in (([len(request)], b" 202 "), ([inside, len(request)], b" 400 ")):
            with socket.create_connection((host, int(port)), timeout=5) as client:
                for begin, end in pairwise([0, *cuts]):
                    client.sendall(request[begin:end])
                    time.sleep(0.2)
                answer = client.recv(10_000)
                assert told in answer
                assert answer.count(b"\r\n\r\n") == 1, "one answer"
    assert "Traceback" not in receiver.log.read_text()
