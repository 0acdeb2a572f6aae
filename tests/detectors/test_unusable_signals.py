"""What no detector could use is counted by its reason, and nothing that one did use."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from arrivals import START, arrivals

from opsloop.detect.unusable import early_resolves, unusable
from opsloop.metrics.episodes import orphans
from opsloop.model import Signal
from opsloop.signals.history import History
from opsloop.signals.table import from_signals

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def told(kind: str, status: str | None = None, *, hours: float = 1, **fields: Any) -> Signal:
    return Signal(
        id=fields.pop("id", f"{kind}-{status}-{hours}"),
        source="test",
        kind=kind,
        status=status,
        at=NOW - timedelta(hours=hours),
        **{"service": "checkout", **fields},
    )


def counted(*signals: Signal) -> dict[str, int]:
    found = unusable(History(signals=from_signals(list(signals))), now=NOW)
    return {item["reason"]: item["count"] for item in found}


def test_what_has_no_service_is_used_like_anything_else() -> None:
    assert counted(
        told("alert", "firing", name="CPU", service=None, hours=2),
        told("alert", "resolved", name="CPU", service=None),
        told("deployment", "rolled_back", fingerprint="d", service=None),
        told("incident", "started", fingerprint="i", service=None),
        told("remediation", "done", name="restart", duration_s=60.0, attrs={"manual": "true"}, service=None),
    ) == {}  # fmt: skip


@pytest.mark.parametrize(
    ("signals", "reason", "count"),
    [
        ([told("alert", "firing", hours=-2, name="CPU")], "from the future", 1),
        ([told("alert", "firing")], "alert without a name", 1),
        ([told("deployment", "succeeded", service=None)], "deployment without a service: no rate counts it", 1),
        ([told("alert", "resolved", name="CPU", fingerprint="s")], "alert resolved without a firing", 1),
        (
            [
                told("alert", "resolved", name="CPU", fingerprint="s", hours=50),
                told("alert", "resolved", name="CPU", fingerprint="s", hours=3),
                told("alert", "firing", name="CPU", fingerprint="s", hours=2),
                told("alert", "resolved", name="CPU", fingerprint="s", hours=1),
            ],
            "alert resolved without a firing",
            2,
        ),
        (
            [
                told("incident", "acknowledged", fingerprint="i", hours=3),
                told("incident", "resolved", fingerprint="i", hours=2),
            ],
            "incident neither started nor detected",
            2,
        ),
        (
            [
                told("incident", "detected", fingerprint="i", hours=2),
                told("incident", "resolved", fingerprint="i", hours=3),
            ],
            "incident resolved before it began",
            1,
        ),
        ([told("sample", name="cpu", value=85.0)], "sample that is no ratio between 0 and 1", 1),
        ([told("sample", name="disk", value=None)], "sample that is no ratio between 0 and 1", 1),
        ([told("sample", name="queue_depth", value=-1.0)], "sample of a queue without a count", 1),
        ([told("sample", name=None, value=0.5)], "sample without a name", 1),
        ([told("sli", name="s", attrs={"good": "11", "total": "10"})], "sli: more good than total events", 1),
        (
            [told("sli", name="s", attrs={"good": "ten", "total": "10"})],
            "sli: good or total is missing or no count",
            1,
        ),
        ([told("shift", "ended", attrs={"engineer": "ana"})], "shift without a duration", 1),
        ([told("shift", "ended", duration_s=3600.0)], "shift without an engineer", 1),
        (
            [told("remediation", "done", name="restart", duration_s=-60.0, attrs={"manual": "true"})],
            "remediation with a negative duration: its time is not counted",
            1,
        ),
        (
            [
                told("approval", "granted", fingerprint="a", hours=3),
                told("approval", "requested", fingerprint="a", hours=2),
            ],
            "approval answered before it was asked for",
            1,
        ),
        ([told("approval", "granted", fingerprint="a")], "approval answered that nobody asked for", 1),
    ],
)
def test_what_cannot_be_used_says_why(signals: list[Signal], reason: str, count: int) -> None:
    assert counted(*signals) == {reason: count}


def test_what_can_be_used_is_not_counted() -> None:
    assert counted(
        told("sample", name="cpu", value=1.0),
        told("sample", name="requests", value=-5.0),
        told("sli", name="s", attrs={"good": "9", "total": "10"}),
        told("approval", "requested", fingerprint="a", hours=4),
        told("approval", "granted", fingerprint="a", hours=3, id="again"),
        told("remediation", "done", name="restart", hours=2),
        told("incident", "detected", fingerprint="i", hours=4),
        told("incident", "resolved", fingerprint="i", hours=3),
    ) == {}  # fmt: skip


@pytest.mark.slow
def test_resolves_without_a_firing_follow_from_days_that_tell_themselves() -> None:
    signals = list({one.id: one for day in arrivals(8, 1) for one in day}.values())
    table = from_signals(signals)
    named = orphans(table.filter(table.name.notnull())).filter(lambda row: row.status == "resolved")
    later = START + timedelta(days=200)
    found = {item["reason"]: item["count"] for item in unusable(History(signals=table), now=later)}
    assert found["alert resolved without a firing"] == named.count().to_pyarrow().as_py() > 0
    whole = _rows(signals)
    for number in random.Random(1).sample(range(8), 3):
        day = START + timedelta(days=number)
        alone = _rows([one for one in signals if day <= one.at < day + timedelta(days=1)])
        assert alone == [row for row in whole if row["on_day"] == day.date()]


def _rows(signals: list[Signal]) -> list[dict[str, Any]]:
    return sorted(early_resolves(from_signals(signals)).to_pyarrow().to_pylist(), key=repr)
