"""The loop on real alerts: Prometheus evaluates, Alertmanager posts, the receiver keeps, detect learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandline import document, opsloop
from monitoring import Alertmanager, Exporter, Prometheus
from processes import QUIET, Receiver, free_port, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.needs("prometheus", "alertmanager")]

GAUGE = 'test_errors{service="checkout"}'
RULE = {
    "alert": "HighErrorRate",
    "expr": "test_errors > 0",
    "labels": {"severity": "critical"},
    "annotations": {"summary": "{{ $labels.service }} answers with errors"},
}


def stored(receiver: Receiver, status: str) -> list[dict[str, Any]]:
    signals: list[dict[str, Any]] = receiver.get("/v1/signals?source=alertmanager&limit=1000")[1]["signals"]
    return [one for one in signals if one["status"] == status]


def duplicates(receiver: Receiver) -> bool:
    return 'result="duplicate"' in receiver.get("/metrics")[1]


def test_a_rule_that_fires_resolves_and_fires_again_becomes_a_learning(tmp_path: Path) -> None:
    assert opsloop(tmp_path, "init").returncode == 0
    (tmp_path / "opsloop.toml").write_text(QUIET)
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/v1/webhooks/alertmanager"
    with (
        Exporter() as exporter,
        Alertmanager(tmp_path / "alertmanager", webhook) as alertmanager,
        Prometheus(tmp_path / "prometheus", exporter, [RULE], alertmanager.port),
    ):
        with Receiver(tmp_path, port=port) as receiver:
            exporter.gauges[GAUGE] = 1
            wait_until(lambda: len(stored(receiver, "firing")) == 1, what="the first firing", within_s=60)
            wait_until(lambda: duplicates(receiver), what="a repeated notification", within_s=60)
            assert len(stored(receiver, "firing")) == 1, "what is sent again changes nothing"
            exporter.gauges[GAUGE] = 0
            wait_until(lambda: len(stored(receiver, "resolved")) == 1, what="the first resolution", within_s=60)
            receiver.kill()
        exporter.gauges[GAUGE] = 1
        wait_until(
            lambda: (
                "notify retry canceled" in alertmanager.log.read_text() or "attempts=" in alertmanager.log.read_text()
            ),
            what="Alertmanager meeting a dead receiver",
            within_s=60,
        )
        with Receiver(tmp_path, port=port) as receiver:
            wait_until(lambda: len(stored(receiver, "firing")) == 2, what="the firing that was retried", within_s=90)
            for turn in (2, 3):
                exporter.gauges[GAUGE] = 0
                wait_until(
                    lambda turn=turn: len(stored(receiver, "resolved")) == turn, what="a resolution", within_s=60
                )
                exporter.gauges[GAUGE] = 1
                wait_until(lambda turn=turn: len(stored(receiver, "firing")) == turn + 1, what="a firing", within_s=60)
            first = stored(receiver, "firing")[0]
            assert (first["service"], first["name"], first["severity"]) == ("checkout", "HighErrorRate", "P1")
            assert len({one["fingerprint"] for one in stored(receiver, "firing")}) == 1
            now = stored(receiver, "firing")[-1]["received_at"]
    found = document(opsloop(tmp_path, "detect", "--json", "--now", now))["findings"]
    (recurrence,) = [one for one in found if one["detector"] == "alert_recurrence"]
    assert recurrence["service"] == "checkout"
    assert recurrence["count"] >= 3
    assert recurrence["entry_id"]
    entries = document(opsloop(tmp_path, "list", "--json"))["entries"]
    again = document(opsloop(tmp_path, "detect", "--json", "--now", now))["findings"]
    assert [one["entry_id"] for one in again] == [one["entry_id"] for one in found]
    assert document(opsloop(tmp_path, "list", "--json"))["entries"] == entries
