"""A real Alertmanager that groups, is silenced, and is started anew: every alert is told once, and by its own status."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commandline import document, opsloop
from monitoring import Alertmanager
from processes import QUIET, Receiver, free_port, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.needs("alertmanager")]

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


def post(alertmanager: Alertmanager, path: str, body: Any) -> Any:
    request = urllib.request.Request(
        alertmanager.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def fire(alertmanager: Alertmanager, *services: str, ended: bool = False) -> None:
    """As Prometheus does: with the start, and an end far ahead, or now."""
    ends = datetime.now(UTC) + timedelta(seconds=0 if ended else 3600)
    post(
        alertmanager,
        "/api/v2/alerts",
        [
            {
                "labels": {"alertname": "QueueGrows", "service": service, "severity": "warning"},
                "startsAt": BEGAN.isoformat(),
                "endsAt": ends.isoformat(),
            }
            for service in services
        ],
    )


def told(receiver: Receiver) -> list[tuple[str, str]]:
    signals = receiver.get("/v1/signals?source=alertmanager&limit=1000")[1]["signals"]
    return sorted((one["service"], one["status"]) for one in signals)


def duplicates(receiver: Receiver) -> float:
    lines = [line for line in receiver.get("/metrics")[1].splitlines() if 'result="duplicate"' in line]
    return float(lines[0].split()[-1]) if lines else 0.0


def told_again(receiver: Receiver, times: int = 1) -> None:
    before = duplicates(receiver)
    wait_until(lambda: duplicates(receiver) >= before + times, what="a repeated notification", within_s=60)


def test_a_group_a_silence_and_a_restart(tmp_path: Path) -> None:
    assert opsloop(tmp_path, "init").returncode == 0
    (tmp_path / "opsloop.toml").write_text(QUIET)
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/v1/webhooks/alertmanager"
    with Receiver(tmp_path, port=port) as receiver:
        with Alertmanager(tmp_path / "alertmanager", webhook) as alertmanager:
            fire(alertmanager, "cart", "search")
            both = [("cart", "firing"), ("search", "firing")]
            wait_until(lambda: told(receiver) == both, what="both alerts of the group", within_s=60)
            told_again(receiver, times=2)
            assert told(receiver) == both, "what a group repeats changes nothing"

            fire(alertmanager, "cart", ended=True)
            resolved = [("cart", "firing"), ("cart", "resolved"), ("search", "firing")]
            wait_until(lambda: told(receiver) == resolved, what="one resolution, of a group that fires", within_s=60)

            until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            silenced = post(
                alertmanager,
                "/api/v2/silences",
                {
                    "matchers": [{"name": "service", "value": "mail", "isRegex": False, "isEqual": True}],
                    "startsAt": datetime.now(UTC).isoformat(),
                    "endsAt": until,
                    "createdBy": "ada",
                    "comment": "known",
                },
            )["silenceID"]
            fire(alertmanager, "mail")
            told_again(receiver)
            assert told(receiver) == resolved, "a silenced alert is not posted"
            pulled = document(opsloop(tmp_path, "pull", "alertmanager", "--url", alertmanager.url, "--json"))
            assert (pulled["accepted"], pulled["duplicates"]) == (1, 1), "a pull knows it; the other was posted"
            (mail,) = document(opsloop(tmp_path, "signals", "--service", "mail", "--json"))["signals"]
            assert (mail["status"], mail["attrs"]["suppressed"]) == ("firing", "true")
            urllib.request.urlopen(
                urllib.request.Request(f"{alertmanager.url}/api/v2/silence/{silenced}", method="DELETE")
            ).close()
            told_again(receiver, times=2)
            everything = sorted([*resolved, ("mail", "firing")])
            assert told(receiver) == everything, "unsilenced, it is posted: the same alert"
        with Alertmanager(tmp_path / "alertmanager", webhook, port=alertmanager.port) as restarted:
            fire(restarted, "search", "mail")
            told_again(receiver, times=2)
            assert told(receiver) == everything, "after a restart the same alerts are the same signals"
