"""What a pull asks for, by what earlier ones have read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from opsloop.verbs.sweep import FIRST_DAYS, Sweep

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def ago(**much: float) -> datetime:
    return NOW - timedelta(**much)


def run(kept: dict[str, Any] | None, since: datetime | None, *pages: str, ends: bool = True) -> dict[str, Any]:
    """The record after a run that got so many pages far."""
    sweep = Sweep.of(kept, since, NOW)
    record = sweep.record
    for page in pages:
        record = sweep.reached({"page": page})
    return (sweep.ended() if ends else record).as_json()


def test_the_first_pull_begins_ninety_days_ago_or_where_somebody_says() -> None:
    assert Sweep.of(None, None, NOW).since == ago(days=FIRST_DAYS)
    assert Sweep.of(None, ago(days=365), NOW).since == ago(days=365)


def test_a_first_pull_that_was_cut_off_goes_on_as_it_was_meant() -> None:
    kept = run(None, ago(days=365), "1", ends=False)
    for since in (None, ago(days=365), ago(days=2)):
        sweep = Sweep.of(kept, since, NOW)
        assert (sweep.since, sweep.cursor, sweep.is_again) == (ago(days=365), {"page": "1"}, False)


def test_it_begins_anew_for_an_earlier_time() -> None:
    sweep = Sweep.of(run(None, ago(days=30), "1", ends=False), ago(days=60), NOW)
    assert (sweep.since, sweep.cursor) == (ago(days=60), {})
    assert sweep.reached({"page": "a"}).since == "2026-01-01T09:00:00Z"


def test_each_further_pull_goes_on_where_the_last_one_ended() -> None:
    kept = run(None, None, "1", "2")
    assert Sweep.of(kept, None, NOW).cursor == {"page": "2"}
    assert kept["until"] == "2026-03-02T09:00:00Z"


def test_what_is_asked_for_again_is_gone_on_with_beside_the_cursor() -> None:
    kept = run(run(None, None, "1"), ago(days=80), "a", ends=False)
    assert Sweep.of(kept, None, NOW).cursor == {"page": "1"}
    assert Sweep.of(kept, ago(days=80), NOW).cursor == {"page": "a"}
    assert Sweep.of(kept, ago(days=81), NOW).cursor == {}


def test_it_takes_over_when_it_has_read_on_from_what_was_read() -> None:
    kept = run(run(None, None, "1"), ago(days=80), "a", "b")
    assert (kept["cursor"], kept["again"]) == ({"page": "b"}, {})


def test_it_does_not_take_over_where_a_time_in_between_was_never_read() -> None:
    kept = {**run(None, None, "1"), "until": "2026-02-20T00:00:00Z"}
    assert run(kept, ago(days=2), "a")["cursor"] == {"page": "1"}


def test_a_record_that_cannot_be_read_is_none() -> None:
    sweep = Sweep.of({"cursor": [], "until": "lately", "since": 3, "again": None}, None, NOW)
    assert (sweep.cursor, sweep.since) == ({}, ago(days=FIRST_DAYS))
