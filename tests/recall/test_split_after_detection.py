"""What is detected while two patterns are merged leaves nothing behind that a split could not take back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsloop.verbs.detect import detect
from opsloop.verbs.ingest import ingest
from opsloop.verbs.init import init
from opsloop.verbs.patterns import merge, split
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def episodes(monitor: str) -> list[dict[str, str]]:
    """Twelve firings of a monitor that nobody acts on."""
    common = {"source": "test", "kind": "alert", "service": "checkout", "name": monitor, "fingerprint": monitor}
    return [
        {
            **common,
            "id": f"{monitor}-{number}-{status}",
            "status": status,
            "at": (NOW - timedelta(hours=2 * number, minutes=30 * (status == "firing"))).isoformat(),
        }
        for number in range(1, 13)
        for status in ("firing", "resolved")
    ]


def test_a_merge_a_detection_and_a_split_leave_the_journal_as_it_was(tmp_path: Path) -> None:
    ws = Workspace(tmp_path, NOW)
    init(ws)
    sent = [*episodes("PoolFull"), *episodes("QueueFull")]
    ingest(ws, "signals", "".join(json.dumps(one) + "\n" for one in sent).encode())
    one, other = (found["entry_id"] for found in detect(ws, only={"unactionable_alert"})["findings"])
    before = {path: path.read_bytes() for path in (tmp_path / ".learnings").iterdir()}
    merge(ws, one, other)
    detect(ws, only={"unactionable_alert"})
    split(ws, other)
    assert {path: path.read_bytes() for path in (tmp_path / ".learnings").iterdir()} == before
