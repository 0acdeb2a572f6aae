"""A daily run reads only the days that its windows need, and names what a full run names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stores import store_in

from opsloop.config import Settings
from opsloop.demo import history
from opsloop.detect import find
from opsloop.model import Finding, Signal
from opsloop.signals.table import open_table

LAST = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
DAYS = 3
READING = (
    *("alert_recurrence", "alert_fatigue", "unactionable_alert", "incident_recurrence", "mttr_exceeded"),
    *("change_failure_rate", "repeated_remediation", "saturation"),
)
"""Detectors with windows from two days to two months."""


@pytest.mark.slow
def test_day_after_day_it_names_the_patterns_that_a_full_run_names(tmp_path: Path) -> None:
    """Signals come on their day, but every seventh a day late and every fifth twice."""
    store = store_in(tmp_path)
    signals = history(LAST)
    for back in range(DAYS - 1, -1, -1):
        now = LAST - timedelta(days=back)
        arrived = [one for number, one in enumerate(signals) if _arrives(one, number) <= now]
        store.append(arrived[::5] + arrived, origin="test", now=now)
        store.seal(now)
        table, since = open_table(store), now - timedelta(days=2)
        daily = {_pattern(one) for one in find(table, now=now, settings=Settings(), since=since, only=READING)}
        full = find(table, now=now, settings=Settings(), only=READING)
        assert daily
        assert {_pattern(one) for one in full if one.last_seen >= since} <= daily
        assert daily <= {_pattern(one) for one in full}


def _arrives(signal: Signal, number: int) -> datetime:
    return signal.at + timedelta(days=number % 7 == 0)


def _pattern(finding: Finding) -> tuple[str, str, str | None]:
    return finding.detector, finding.pattern_key, finding.service
