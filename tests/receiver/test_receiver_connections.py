"""Who may hold a connection, and who is asked for a password."""

from __future__ import annotations

import base64
import socket
import urllib.error
import urllib.request
from contextlib import ExitStack
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
