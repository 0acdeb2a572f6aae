"""A finding names its latest occurrences only, and counts all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsloop import detectors
from opsloop.config import Settings
from opsloop.detect import find_with
from opsloop.detectors.finding import EVIDENCE_LIMIT
from opsloop.model import Signal
from opsloop.signals.table import from_signals

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MANY = 540
FIRED = {"kind": "alert", "status": "firing", "name": "DiskLatency"}
DONE = {"kind": "remediation", "status": "done", "name": "Restart", "duration_s": 60.0, "attrs": {"manual": "true"}}


@pytest.mark.parametrize(
    ("detector", "fields"),
    [("alert_recurrence", FIRED), ("repeated_remediation", DONE)],
    ids=["counted by day", "gathered one by one"],
)
def test_hundreds_of_occurrences_are_all_counted(detector: str, fields: dict[str, str]) -> None:
    signals = [
        Signal(
            id=f"s{number:03}",
            source="test",
            service="warehouse",
            at=NOW - timedelta(minutes=MANY - number),
            fingerprint=f"host-{number}",
            **fields,
        )
        for number in range(MANY)
    ]
    (found,) = find_with(detectors.load(detector), from_signals(signals), now=NOW, settings=Settings())
    assert found.count == MANY
    assert found.first_seen == signals[0].at
    assert found.evidence == tuple(f"s{number:03}" for number in range(MANY - EVIDENCE_LIMIT, MANY))
