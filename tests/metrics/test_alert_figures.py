"""Alert quality by worked examples: episodes, days, and who did something."""

from __future__ import annotations

import pytest
from pace import first_now
from told import measure, only, signal, table, unusable

from opsloop.metrics.episodes import actioned, episodes
from opsloop.metrics.relations import fetch
from opsloop.model import Signal

MARCH = ("2026-03-01", "2026-04-01")


def alert(status: str, at: str, series: str | None = "a1", **told: str | None) -> Signal:
    return signal(f"alert {status}", at, series, **({"name": "HighLatency"} | told))


def figures(*signals: Signal) -> dict:
    return only(measure("alerts", list(signals), *MARCH))


def test_notifications_repeat_but_an_episode_is_one() -> None:
    group = figures(
        alert("firing", "2026-03-02 10:00"),
        alert("firing", "2026-03-02 14:00"),
        alert("firing", "2026-03-02 18:00"),
        alert("resolved", "2026-03-02 19:00"),
        alert("firing", "2026-03-02 20:00"),
    )
    assert (group["service"], group["monitor"]) == ("shop", "HighLatency")
    assert (group["firings"], group["episodes"], group["per_day_max"]) == (4, 2, 2)
    assert (group["acknowledged"], group["actioned"], group["actionable_ratio"], group["noise_share"]) == (0, 0, 0, 1)


@pytest.mark.slow
def test_series_of_one_monitor_are_added_up_by_utc_day() -> None:
    group = figures(
        alert("firing", "2026-03-02 23:59", "a1"),
        alert("firing", "2026-03-03 00:00", "a2"),
        alert("firing", "2026-03-03 10:00", "a3"),
    )
    assert (group["episodes"], group["per_day_max"]) == (3, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("again", "count"), [("2026-03-03 10:00", 1), ("2026-03-03 10:00:01", 2)])
def test_silence_of_more_than_a_day_ends_an_episode_whose_resolve_never_came(again: str, count: int) -> None:
    assert figures(alert("firing", "2026-03-02 10:00"), alert("firing", again))["episodes"] == count


@pytest.mark.slow
def test_an_episode_belongs_to_the_window_in_which_it_began() -> None:
    group = figures(
        alert("firing", "2026-02-28 23:00"),
        alert("firing", "2026-03-01 03:00"),
        alert("resolved", "2026-03-01 04:00"),
        alert("firing", "2026-04-01 00:00", "a2"),
    )
    assert (group["firings"], group["episodes"], group["actionable_ratio"]) == (1, None, None)


@pytest.mark.parametrize(
    ("signals", "acknowledged", "actioned"),
    first_now(
        [
            ([("acknowledged", "2026-03-02 10:05", {})], 1, 1),
            ([("acknowledged", "2026-03-02 10:05", {"action": "none"})], 1, 0),
            ([("acknowledged", "2026-03-02 10:05", {}), ("resolved", "2026-03-02 10:30", {"action": "none"})], 1, 0),
            ([("resolved", "2026-03-02 10:30", {}), ("acknowledged", "2026-03-02 10:40", {})], 1, 1),
            ([("resolved", "2026-03-02 10:30", {"incident": "i1"})], 0, 1),
            ([("no_data", "2026-03-02 10:30", {})], 0, 0),
        ]
    ),
)
def test_somebody_acted_on_an_episode(signals: list, acknowledged: int, actioned: int) -> None:
    group = figures(alert("firing", "2026-03-02 10:00"), *(alert(status, at, **told) for status, at, told in signals))
    assert (group["episodes"], group["acknowledged"], group["actioned"]) == (1, acknowledged, actioned)


@pytest.mark.parametrize(
    ("detected", "told", "actioned"),
    first_now(
        [
            ("2026-03-02 10:00", {}, 1),
            ("2026-03-02 10:30", {}, 1),
            ("2026-03-03 10:00", {}, 1),
            ("2026-03-03 10:00:01", {}, 0),
            ("2026-03-01 10:00", {}, 1),
            ("2026-03-01 09:59:59", {}, 0),
            ("2026-03-02 10:10", {"service": "search"}, 0),
            ("2026-03-02 10:10", {"service": None}, 1),
            ("2026-03-02 10:10", {"alert": "Other"}, 0),
        ]
    ),
)
def test_an_incident_links_the_monitor_that_found_it(detected: str, told: dict, actioned: int) -> None:
    group = figures(
        alert("firing", "2026-03-02 10:00"),
        alert("resolved", "2026-03-02 10:30"),
        signal("incident detected", detected, "i1", **({"alert": "HighLatency"} | told)),
    )
    assert group["actioned"] == actioned


@pytest.mark.parametrize(
    ("told", "linked"),
    [
        ([("detected", "11:55")], ["b"]),
        ([("detected", "11:14")], ["a"]),
        ([("detected", "11:15")], ["a"]),
        ([("detected", "11:16"), ("resolved", "11:50")], ["a"]),
        ([("started", "09:50")], ["a"]),
        ([("started", "09:50"), ("detected", "12:10")], ["b"]),
    ],
)
def test_the_episode_that_began_closest_to_an_incident_is_linked(
    told: list[tuple[str, str]], linked: list[str]
) -> None:
    signals = [
        alert("firing", "2026-03-02 10:00", "a"),
        alert("resolved", "2026-03-02 10:05", "a"),
        alert("firing", "2026-03-02 12:30", "b"),
        alert("resolved", "2026-03-02 12:40", "b"),
    ]
    signals += [signal(f"incident {what}", f"2026-03-02 {at}", "i", alert="HighLatency") for what, at in told]
    rows = actioned(table(signals)).to_pyarrow().to_pylist()
    assert [row["series"] for row in rows if row["linked"]] == linked


def test_an_incident_of_a_service_may_be_found_by_a_monitor_of_none() -> None:
    found = signal("incident detected", "2026-03-02 10:10", "i1", alert="HighLatency")
    assert figures(alert("firing", "2026-03-02 10:00", service=None), found)["actioned"] == 1
    other = alert("firing", "2026-03-02 10:00", "b", service="search")
    assert [group["actioned"] for group in measure("alerts", [other, found], *MARCH)["groups"]] == [0]


def test_an_incident_of_no_service_is_linked_within_one_too() -> None:
    found = signal("incident detected", "2026-03-02 10:10", "i1", alert="HighLatency", service=None)
    (group,) = measure("alerts", [alert("firing", "2026-03-02 10:00"), found], *MARCH, service="shop")["groups"]
    assert group["actioned"] == 1


def test_the_noisiest_monitor_comes_first() -> None:
    signals = [alert("firing", f"2026-03-02 1{i}:00", f"x{i}", name="Noisy") for i in range(3)]
    signals += [alert("firing", "2026-03-02 10:00"), alert("acknowledged", "2026-03-02 10:01")]
    signals += [alert("firing", "2026-03-02 12:00", "y", name="Quiet")]
    groups = measure("alerts", signals, *MARCH)["groups"]
    assert [(group["monitor"], group["noise_share"]) for group in groups] == [
        ("Noisy", 0.75),
        ("Quiet", 0.25),
        ("HighLatency", 0),
    ]


@pytest.mark.slow
def test_weeks_and_services_are_groups_of_their_own() -> None:
    signals = [alert("firing", "2026-03-03 10:00"), alert("firing", "2026-03-17 10:00", "b", service="search")]
    weeks = measure("alerts", signals, "2026-03-02", "2026-03-23", by="week")["groups"]
    assert [(week["week"], week["firings"], week["episodes"]) for week in weeks] == [
        ("2026-03-02", 1, 1),
        ("2026-03-09", None, None),
        ("2026-03-16", 1, 1),
    ]
    services = measure("alerts", signals, *MARCH, by="service")["groups"]
    assert [(group["service"], group["episodes"]) for group in services] == [("search", 1), ("shop", 1)]
    assert only(measure("alerts", signals, *MARCH, service="search"))["service"] == "search"


@pytest.mark.slow
def test_what_precedes_every_firing_is_said() -> None:
    document = measure(
        "alerts",
        [
            alert("resolved", "2026-03-02 09:00"),
            alert("acknowledged", "2026-03-02 09:30"),
            alert("firing", "2026-03-02 10:00"),
            alert("firing", "2026-05-02 10:00"),
        ],
        *MARCH,
    )
    assert (only(document)["episodes"], only(document)["acknowledged"]) == (1, 0)
    assert unusable(document) == {"acknowledged or resolved before any firing": 2, "from the future": 1}


@pytest.mark.slow
def test_at_one_instant_firing_comes_before_its_resolve() -> None:
    signals = [alert("resolved", "2026-03-02 10:00"), alert("firing", "2026-03-02 10:00")]
    (episode,) = fetch(episodes(table(signals)))
    assert episode["started_at"] == episode["ended_at"]


@pytest.mark.slow
def test_alerts_without_a_fingerprint_are_paired_by_service_and_monitor() -> None:
    group = figures(
        alert("firing", "2026-03-02 10:00", None),
        alert("resolved", "2026-03-02 11:00", None),
        alert("firing", "2026-03-02 12:00", None),
        alert("firing", "2026-03-02 12:10", None),
    )
    assert (group["firings"], group["episodes"]) == (3, 2)
