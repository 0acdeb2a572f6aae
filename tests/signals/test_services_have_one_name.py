"""``[services]``: the names that different tools give to one service are joined as signals come in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsloop.errors import BadInput
from opsloop.sources import Delivery
from opsloop.verbs.detect import detect
from opsloop.verbs.ingest import ingest
from opsloop.verbs.init import init
from opsloop.verbs.receive import Intake
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
NAMES = ("checkout", "shop/checkout", "Checkout-SVC")


def project(root: Path, settings: str) -> Workspace:
    (root / "opsloop.toml").write_text(settings, encoding="utf-8")
    ws = Workspace(root, NOW)
    init(ws)
    return ws


def lines() -> bytes:
    """The same alert, three times in a week, each time by a tool that has another name for the service."""
    sent = [
        {
            "id": str(day),
            "source": "test",
            "kind": "alert",
            "status": "firing",
            "at": (NOW - timedelta(days=day + 1)).isoformat(),
            "service": service,
            "name": "HighErrorRate",
            "fingerprint": str(day),
        }
        for day, service in enumerate(NAMES)
    ]
    return "".join(json.dumps(one) + "\n" for one in sent).encode()


ONE = '[services]\ncheckout = ["shop/checkout", "checkout-svc"]\n'


def test_three_names_are_one_service_and_one_recurrence(tmp_path: Path) -> None:
    ws = project(tmp_path, ONE)
    ingest(ws, "signals", lines())
    assert {one.service for one in ws.store.read()} == {"checkout"}
    assert [one.attrs.get("service_as_sent") for one in ws.store.read()] == ["Checkout-SVC", "shop/checkout", None]
    found = detect(ws, only={"alert_recurrence"})["findings"]
    assert [(one["service"], one["count"]) for one in found] == [("checkout", 3)]


def test_without_the_table_they_stay_three(tmp_path: Path) -> None:
    ws = project(tmp_path, "")
    ingest(ws, "signals", lines())
    assert {one.service for one in ws.store.read()} == set(NAMES)
    assert detect(ws, only={"alert_recurrence"})["findings"] == []


def test_a_webhook_joins_them_too(tmp_path: Path) -> None:
    intake = Intake(project(tmp_path, ONE))
    alert = {
        "status": "firing",
        "labels": {"alertname": "Down", "service": "shop/checkout"},
        "startsAt": NOW.isoformat(),
    }
    body = json.dumps({"version": "4", "status": "firing", "receiver": "x", "alerts": [alert]}).encode()
    rows = intake.read("alertmanager", Delivery(headers={}, body=body, received_at=NOW), local=True).rows
    assert "checkout" in rows[0]


@pytest.mark.parametrize(
    "table",
    ['a = ["x"]\nb = ["X"]', 'a = ["b"]\nb = []', 'a = "x"', "a = [1]"],
)
def test_a_name_of_two_services_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(BadInput, match=r"\[services\]"):
        project(tmp_path, f"[services]\n{table}\n")
