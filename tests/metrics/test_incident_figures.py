"""Incident statistics by worked examples."""

from __future__ import annotations

from datetime import timedelta

import pytest
from told import measure, only, signal, unusable

from opsloop.model import Signal

MARCH = ("2026-03-01", "2026-04-01")


def incident(name: str, *, at: str, hours: float | None = None, **told: str | None) -> list[Signal]:
    """Detected at a time, resolved so many hours later (None: still open)."""
    first = signal("incident detected", at, name, **told)
    if hours is None:
        return [first]
    resolved = first.at + timedelta(seconds=round(hours * 3600))
    return [first, signal("incident resolved", resolved, name, service=first.service)]


def test_the_three_intervals_are_what_they_are_called() -> None:
    group = only(
        measure(
            "incidents",
            [
                signal("incident started", "2026-03-02 10:00", "i1", severity="P2"),
                signal("incident detected", "2026-03-02 10:05", "i1"),
                signal("incident acknowledged", "2026-03-02 10:15", "i1"),
                signal("incident mitigated", "2026-03-02 11:00", "i1"),
                signal("incident resolved", "2026-03-02 12:05", "i1"),
            ],
            *MARCH,
        )
    )
    assert [group[name]["median"] for name in ("ttd_s", "tta_s", "ttr_s")] == [300, 600, 7200]
    assert (group["n"], group["open"], group["ttr_from_started"]) == (1, 0, 0)


def test_without_a_detection_resolution_counts_from_the_start_and_says_so() -> None:
    signals = [
        signal("incident started", "2026-03-02 10:00", "i1"),
        signal("incident resolved", "2026-03-02 11:00", "i1"),
    ]
    group = only(measure("incidents", signals, *MARCH))
    assert (group["ttr_s"]["median"], group["ttr_from_started"], group["ttd_s"]["n"]) == (3600, 1, 0)


def test_six_incidents_have_an_interval_five_have_none() -> None:
    signals = [event for i in range(6) for event in incident(f"i{i}", at=f"2026-03-0{i + 1} 10:00", hours=i + 1)]
    assert only(measure("incidents", signals, *MARCH))["ttr_s"] == {
        "n": 6,
        "median": 3.5 * 3600,
        "ci_low": 3600,
        "ci_high": 6 * 3600,
        "p90": 5.5 * 3600,
        "mean": 3.5 * 3600,
    }
    assert only(measure("incidents", signals[:10], *MARCH))["ttr_s"]["ci_low"] is None


@pytest.mark.parametrize(("severity", "limit"), [("P1", 4), ("P2", 8), ("P3", 24)])
def test_a_target_is_missed_strictly_after_its_limit(severity: str, limit: int) -> None:
    signals = [
        *incident("met", at="2026-03-02 10:00", hours=limit, severity=severity),
        *incident("missed", at="2026-03-05 10:00", hours=limit + 1 / 3600, severity=severity),
        *incident("unlimited", at="2026-03-08 10:00", hours=500, severity="P4"),
    ]
    assert only(measure("incidents", signals, *MARCH))["over_target"] == {"count": 1, "share": 0.5}


def test_an_open_incident_counts_once_it_is_past_its_target() -> None:
    signals = incident("i1", at="2026-03-02 10:00", severity="P1")
    early = only(measure("incidents", signals, *MARCH, now="2026-03-02 14:00"))
    late = only(measure("incidents", signals, *MARCH, now="2026-03-02 14:01"))
    assert (early["open"], early["over_target"]["count"]) == (1, 0)
    assert (late["open"], late["over_target"]) == (1, {"count": 1, "share": 1.0})


@pytest.mark.parametrize(
    ("first", "second", "at", "repeats"),
    [
        ({"pattern_key": "a.x"}, {"pattern_key": "a.x", "service": "other"}, "2026-03-31 10:00", 1),
        ({"pattern_key": "a.x"}, {"pattern_key": "a.x"}, "2026-03-31 10:00:01", 0),
        ({"pattern_key": "a.x"}, {"pattern_key": "a.y"}, "2026-03-05 10:00", 0),
        ({"pattern_key": "a.x"}, {}, "2026-03-05 10:00", 1),
        ({}, {"pattern_key": "a.x"}, "2026-03-05 10:00", 1),
        ({}, {}, "2026-03-31 10:00", 1),
        ({}, {"service": "other"}, "2026-03-05 10:00", 0),
        ({"service": None}, {"service": None}, "2026-03-05 10:00", 0),
        ({}, {}, "2026-03-01 10:00", 0),
        ({"pattern_key": "incident_pattern.db"}, {"pattern_key": "DB", "service": "other"}, "2026-03-05 10:00", 1),
        ({"pattern_key": "incident_pattern.db"}, {"pattern_key": "capacity_issue.db"}, "2026-03-05 10:00", 0),
    ],
)
def test_a_repeat_follows_its_kind_within_thirty_days(first: dict, second: dict, at: str, repeats: int) -> None:
    signals = incident("i1", at="2026-03-01 10:00", **first) + incident("i2", at=at, **second)
    assert only(measure("incidents", signals, *MARCH))["repeats_30d"] == repeats


def test_a_repeat_may_follow_an_incident_before_the_window() -> None:
    signals = incident("i1", at="2026-02-20 10:00") + incident("i2", at="2026-03-02 10:00")
    group = only(measure("incidents", signals, *MARCH))
    assert (group["n"], group["repeats_30d"]) == (1, 1)


def test_an_incident_that_starts_again_after_its_resolution_is_open() -> None:
    signals = [*incident("i1", at="2026-03-02 10:00", hours=1), signal("incident detected", "2026-03-02 12:00", "i1")]
    group = only(measure("incidents", signals, *MARCH))
    assert (group["n"], group["open"], group["ttr_s"]["n"]) == (1, 1, 0)


def test_bad_input_is_counted_with_its_reason() -> None:
    document = measure(
        "incidents",
        [
            signal("incident resolved", "2026-03-02 09:00", "backwards"),
            signal("incident detected", "2026-03-02 10:00", "backwards"),
            signal("incident resolved", "2026-03-03 10:00", "orphan"),
            signal("incident detected", "2027-01-01 10:00", "tomorrow"),
            signal("incident detected", "2026-03-04 10:00", "early"),
            signal("incident started", "2026-03-04 10:10", "early"),
        ],
        *MARCH,
    )
    group = only(document)
    assert (group["n"], group["open"], group["ttr_s"]["n"], group["ttd_s"]["n"]) == (2, 1, 0, 0)
    assert unusable(document) == {
        "from the future": 1,
        "incident detected before it started": 1,
        "incident neither started nor detected": 1,
        "incident resolved before it began": 1,
    }


def test_what_another_service_left_unclear_is_not_told_of_this_one() -> None:
    orphan = signal("incident resolved", "2026-03-03 10:00", "orphan", service="search")
    told = [measure("incidents", [orphan], *MARCH, service=name)["unusable"] for name in ("shop", "search")]
    assert [len(reasons) for reasons in told] == [0, 1]


def test_the_order_of_arrival_does_not_matter() -> None:
    signals = [event for i in range(5) for event in incident(f"i{i}", at=f"2026-03-0{i + 1} 10:00", hours=i + 1)]
    assert measure("incidents", signals[::-1], *MARCH) == measure("incidents", signals, *MARCH)


def test_weeks_and_services_split_the_same_incidents() -> None:
    signals = incident("i1", at="2026-03-02 10:00", hours=1) + incident("i2", at="2026-03-17 10:00", service="search")
    weeks = measure("incidents", signals, *MARCH, by="week")["groups"]
    assert [(week["week"], week["n"]) for week in weeks] == [
        ("2026-02-23", None),
        ("2026-03-02", 1),
        ("2026-03-09", None),
        ("2026-03-16", 1),
        ("2026-03-23", None),
        ("2026-03-30", None),
    ]
    assert weeks[0]["over_target"] == {"count": None, "share": None}
    services = measure("incidents", signals, *MARCH, by="service")["groups"]
    assert [(group["service"], group["n"], group["open"]) for group in services] == [("search", 1, 1), ("shop", 1, 0)]
    assert only(measure("incidents", signals, *MARCH, service="shop"))["n"] == 1
