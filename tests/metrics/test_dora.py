"""DORA by worked examples: what is a deployment, whose fault an incident is, how long things took."""

from __future__ import annotations

import pytest
from pace import first_now
from told import measure, only, signal, unusable

from opsloop.metrics.bands import PROFILES, bands
from opsloop.metrics.choices import Choices
from opsloop.model import Signal

WEEK = ("2026-03-02", "2026-03-09")


def deployed(at: str, name: str, **told: object) -> Signal:
    return signal("deployment succeeded", at, name, environment="production", **told)


def figures(*signals: Signal, now: str = "2026-03-31") -> dict:
    return only(measure("dora", list(signals), *WEEK, now=now))


def test_no_deployments_is_no_data_and_never_zero() -> None:
    group = figures()
    assert group["deployments"] is group["change_fail_rate"] is group["deployment_frequency_per_day"] is None
    assert group["rework_rate"] is None
    assert group["lead_time_s"] == {"n": 0, "median": None, "p90": None}
    assert group["bands"]["profile"] == "mission"


def test_only_successes_in_production_are_deployments() -> None:
    group = figures(
        deployed("2026-03-02 10:00", "d1"),
        signal("deployment rolled_back", "2026-03-02 11:00", "d1", environment="production"),
        deployed("2026-03-03 10:00", "d2"),
        signal("deployment succeeded", "2026-03-04 10:00", "d3", environment="Prod"),
        signal("deployment succeeded", "2026-03-04 10:00", "d4", environment="staging"),
        signal("deployment started", "2026-03-05 10:00", "d5", environment="production"),
        signal("deployment failed", "2026-03-05 10:10", "d5", environment="production"),
    )
    assert (group["deployments"], group["failed_runs"], group["active_days"]) == (3, 1, 3)
    assert group["deployment_frequency_per_day"] == 3 / 7
    assert (group["failed_deployments"], group["change_fail_rate"]) == (1, 1 / 3)


@pytest.mark.slow
def test_a_run_that_fails_and_then_succeeds_is_one_deployment() -> None:
    failed = signal("deployment failed", "2026-03-02 09:00", "d1", environment="production")
    group = figures(failed, deployed("2026-03-02 10:00", "d1"))
    assert (group["deployments"], group["failed_runs"]) == (1, 0)


@pytest.mark.slow
def test_the_window_includes_its_start_and_excludes_its_end() -> None:
    group = figures(deployed("2026-03-02", "d1"), deployed("2026-03-09", "d2"))
    assert group["deployments"] == 1


@pytest.mark.slow
def test_two_incidents_of_one_deployment_make_one_failed_deployment() -> None:
    group = figures(
        deployed("2026-03-02 10:00", "d1"),
        deployed("2026-03-04 10:00", "d2"),
        signal("incident started", "2026-03-02 11:00", "i1"),
        signal("incident started", "2026-03-02 12:00", "i2"),
    )
    assert (group["failed_deployments"], group["change_fail_rate"]) == (1, 0.5)


@pytest.mark.parametrize(
    ("began", "blamed"), first_now([("2026-03-03 10:00", 1), ("2026-03-03 10:00:01", 0), ("2026-03-02 09:59", 0)])
)
def test_time_blames_up_to_a_day_after_inclusive_and_never_before(began: str, blamed: int) -> None:
    assert (
        figures(deployed("2026-03-02 10:00", "d1"), signal("incident started", began, "i1"))["failed_deployments"]
        == blamed
    )


@pytest.mark.parametrize(
    ("told", "blamed"),
    [
        ({"environment": "staging"}, 0),
        ({"environment": "Prod"}, 1),
        ({"environment": "staging", "deployment": "d1"}, 1),
        ({}, 1),
    ],
)
def test_an_incident_of_staging_blames_no_deployment_of_production(told: dict[str, str], blamed: int) -> None:
    group = figures(deployed("2026-03-02 10:00", "d1"), signal("incident started", "2026-03-02 11:00", "i1", **told))
    assert group["failed_deployments"] == blamed


@pytest.mark.slow
def test_time_blames_only_the_latest_deployment_and_only_of_the_same_service() -> None:
    document = measure(
        "dora",
        [
            deployed("2026-03-02 10:00", "d1"),
            deployed("2026-03-02 12:00", "d2"),
            deployed("2026-03-02 12:30", "d3", service="search"),
            signal("incident started", "2026-03-02 13:00", "i1"),
            signal("incident resolved", "2026-03-02 15:00", "i1"),
        ],
        *WEEK,
        by="service",
    )
    assert [(group["service"], group["failed_deployments"]) for group in document["groups"]] == [
        ("search", 0),
        ("shop", 1),
    ]
    assert document["groups"][1]["recovery_time_s"] == {"n": 1, "median": 3 * 3600, "p90": 3 * 3600}


@pytest.mark.slow
def test_an_explicit_link_wins_over_time_however_late() -> None:
    group = figures(
        deployed("2026-03-02 10:00", "d1"),
        deployed("2026-03-06 12:00", "d2"),
        signal("incident started", "2026-03-06 13:00", "i1", deployment="d1"),
        signal("incident resolved", "2026-03-06 14:00", "i1"),
    )
    assert group["failed_deployments"] == 1
    assert group["recovery_time_s"]["median"] == 4 * 86400 + 4 * 3600


@pytest.mark.slow
def test_a_link_to_an_unknown_deployment_is_said_and_not_replaced_by_a_guess() -> None:
    signals = [
        deployed("2026-03-02 10:00", "d1"),
        signal("incident started", "2026-03-02 11:00", "i1", deployment="gone"),
    ]
    document = measure("dora", signals, *WEEK)
    assert only(document)["failed_deployments"] == 0
    assert unusable(document) == {"incident or rollback of a deployment not known in production": 1}


def test_a_rollback_counts_against_what_it_rolls_back_and_is_itself_rework() -> None:
    group = figures(deployed("2026-03-02 10:00", "d1"), deployed("2026-03-02 11:00", "d2", rolls_back="d1"))
    assert (group["deployments"], group["failed_deployments"], group["rework_rate"]) == (2, 1, 0.5)


def test_a_rollback_of_the_previous_deployment_never_counts_against_itself() -> None:
    """However long ago the one before it was: that it is meant is said."""
    group = figures(
        deployed("2026-03-02 10:00", "d1"),
        deployed("2026-03-02 11:00", "d2", service="search"),
        deployed("2026-03-05 11:00", "d3", rolls_back="previous"),
        deployed("2026-03-06 11:00", "d4", rolls_back="previous", service="mail"),
    )
    assert (group["deployments"], group["failed_deployments"], group["rework_rate"]) == (4, 1, 0.5)


@pytest.mark.slow
def test_a_rollback_that_names_nothing_counts_against_the_latest_deployment() -> None:
    group = figures(
        deployed("2026-03-02 10:00", "d1"),
        signal("deployment rolled_back", "2026-03-02 11:00", "r1", environment="production"),
    )
    assert (group["deployments"], group["failed_deployments"], group["rework_rate"]) == (1, 1, 0.0)


@pytest.mark.parametrize("earlier", ["requested", "started", "failed", None])
def test_undoing_a_run_that_never_got_to_production_blames_nothing(earlier: str | None) -> None:
    told = {} if earlier else {"rolls_back": "d2"}
    run = [signal(f"deployment {earlier}", "2026-03-02 10:30", "d2", environment="production")] if earlier else []
    undone = signal("deployment rolled_back", "2026-03-02 11:00", "d2", environment="production", **told)
    done = measure("dora", [deployed("2026-03-02 10:00", "d1"), *run, undone], *WEEK, now="2026-03-31")
    assert only(done)["failed_deployments"] == 0
    assert unusable(done) == {"incident or rollback of a deployment not known in production": 1}


@pytest.mark.parametrize(
    ("told", "at", "rework"),
    first_now(
        [
            ({"incident": "i1"}, "2026-03-05 10:00", 1.0),
            ({"unplanned": "true"}, "2026-03-02 10:00", 1.0),
            ({"unplanned": "true"}, "2026-03-02 11:59", 1.0),
            ({"unplanned": "true"}, "2026-03-02 12:00", 0.0),
            ({"unplanned": "false"}, "2026-03-02 11:00", 0.0),
            ({}, "2026-03-02 11:00", 0.0),
        ]
    ),
)
def test_rework_is_made_because_of_an_incident(told: dict[str, str], at: str, rework: float) -> None:
    group = figures(
        deployed(at, "d1", **told),
        signal("incident started", "2026-03-02 10:00", "i1"),
        signal("incident resolved", "2026-03-02 12:00", "i1"),
    )
    assert group["rework_rate"] == rework


@pytest.mark.slow
def test_a_change_belongs_to_the_deployment_it_names_else_to_the_first_after_its_merge() -> None:
    group = figures(
        deployed("2026-03-02 10:00", "d1", first_commit_at="2026-03-01T00:00:00Z"),
        deployed("2026-03-03 10:00", "d2", first_commit_at="2026-03-03T00:00:00Z"),
        signal("change merged", "2026-03-02 09:00", "c1", first_commit_at="2026-03-02T08:00:00Z"),
        signal("change merged", "2026-03-02 11:00", "c2", first_commit_at="2026-03-03T06:00:00+01:00", deployment="d2"),
        signal("change opened", "2026-03-02 08:00", "c3", first_commit_at="2026-01-01T00:00:00Z"),
    )
    assert group["lead_time_s"] == {"n": 2, "median": 3.5 * 3600, "p90": pytest.approx(4.7 * 3600)}


@pytest.mark.parametrize(
    ("status", "told", "n"),
    first_now(
        [
            ("merged", {}, 1),
            ("merged", {"merged_at": "2026-03-02T11:00:00+02:00"}, 1),
            ("released", {"merged_at": "2026-03-02T09:00:00Z"}, 1),
            ("released", {"merged_at": "2026-03-02T09:00:00.123456Z"}, 1),
            ("released", {"merged_at": "2026-03-02T12:00:00+02:00"}, 1),
            ("released", {"merged_at": "2026-03-02T12:00:01+02:00"}, 0),
            ("released", {"merged_at": "2026-03-02T04:30:00-05:30"}, 1),
            ("released", {"merged_at": "2026-03-02T04:30:01-05:30"}, 0),
            ("released", {"merged_at": "2026-03-02T11:00:00Z"}, 0),
            ("released", {"merged_at": "lately"}, 0),
            ("opened", {}, 0),
        ]
    ),
)
def test_a_merge_is_told_by_its_signal_or_by_an_attribute(status: str, told: dict[str, str], n: int) -> None:
    change = signal(f"change {status}", "2026-03-02 09:00", "c1", first_commit_at="2026-03-02T08:00:00Z", **told)
    assert figures(deployed("2026-03-02 10:00", "d1"), change)["lead_time_s"]["n"] == n


@pytest.mark.slow
def test_a_change_that_can_belong_nowhere_is_said() -> None:
    told = {"first_commit_at": "2026-03-02T04:00:00Z"}
    changes = [
        signal("change released", "2026-03-02 09:30", "c1", merged_at="yesterday", **told),
        signal("change released", "2026-03-02 09:30", "c2", merged_at="2026-03-02T09:00:00", **told),
        signal("change merged", "2026-03-02 09:30", "c3", **told)._replace(service=None),
        signal("change merged", "2026-03-02 09:30", "c4", deployment="d9", **told),
        signal("change merged", "2026-03-01 09:30", "c5", deployment="d9", **told),
    ]
    document = measure("dora", [deployed("2026-03-02 10:00", "d1"), *changes], *WEEK)
    assert only(document)["lead_time_s"]["n"] == 0
    assert unusable(document) == {
        "change without a readable merge time": 2,
        "change without a service or a named deployment": 1,
        "change of a deployment not known in production": 1,
    }


@pytest.mark.slow
def test_a_change_without_its_first_commit_leaves_the_deployments_own() -> None:
    document = measure(
        "dora",
        [
            deployed("2026-03-02 10:00", "d1", first_commit_at="2026-03-02T04:00:00Z"),
            signal("change merged", "2026-03-02 09:00", "c1"),
        ],
        *WEEK,
    )
    assert only(document)["lead_time_s"]["median"] == 6 * 3600
    assert unusable(document) == {"change without a readable first commit time": 1}


@pytest.mark.slow
def test_clocks_that_jump_yield_no_negative_times() -> None:
    document = measure(
        "dora",
        [
            deployed("2026-03-02 10:00", "d1", first_commit_at="2026-03-02T11:00:00Z"),
            signal("incident started", "2026-03-02 11:00", "i1"),
            signal("incident resolved", "2026-03-02 09:00", "i1"),
            deployed("2026-03-20 10:00", "d9"),
        ],
        *WEEK,
    )
    assert only(document)["lead_time_s"]["n"] == only(document)["recovery_time_s"]["n"] == 0
    assert unusable(document) == {
        "deployment deployed before its first commit": 1,
        "from the future": 1,
        "incident resolved before the deployment that it counts against": 1,
    }


@pytest.mark.slow
def test_a_deployment_without_a_service_is_said_and_left_out() -> None:
    document = measure(
        "dora", [deployed("2026-03-02 10:00", "d1"), deployed("2026-03-02 11:00", "d2", service=None)], *WEEK
    )
    assert only(document)["deployments"] == 1
    assert unusable(document) == {"deployment without a service": 1}


@pytest.mark.slow
def test_weeks_without_data_are_there_with_nulls() -> None:
    signals = [deployed("2026-03-03 10:00", "d1"), deployed("2026-03-17 10:00", "d2")]
    document = measure("dora", signals, "2026-03-04", "2026-03-25", by="week")
    assert [(group["week"], group["deployments"]) for group in document["groups"]] == [
        ("2026-03-02", None),
        ("2026-03-09", None),
        ("2026-03-16", 1),
        ("2026-03-23", None),
    ]
    assert document["groups"][2]["deployment_frequency_per_day"] == 1 / 7


@pytest.mark.parametrize(
    ("profile", "value", "band"),
    first_now(
        [
            ("mission", 0.0, "elite"),
            ("mission", 0.15, "elite"),
            ("mission", 0.16, "high"),
            ("mission", 0.30, "high"),
            ("mission", 0.45, "medium"),
            ("mission", 0.60, "low"),
            ("2024", 0.05, "elite"),
            ("2024", 0.10, "medium"),
            ("2024", 0.20, "high"),
            ("2024", 0.40, "low"),
        ]
    ),
)
def test_bands_of_the_change_fail_rate(profile: str, value: float, band: str) -> None:
    found = bands(profile, deployment_interval_s=None, lead_time_s=None, change_fail_rate=value, recovery_time_s=None)
    assert found["change_fail_rate"] == band
    assert found["lead_time"] is None


@pytest.mark.parametrize(
    ("interval_days", "band"),
    first_now(
        [
            (0.3, "elite"),
            (1, "high"),
            (7, "high"),
            (30, "high"),
            (365 / 12, "high"),
            (31, "medium"),
            (182, "medium"),
            (365 / 2, "medium"),
            (200, "low"),
        ]
    ),
)
def test_bands_of_the_deployment_frequency(interval_days: float, band: str) -> None:
    found = bands(
        "mission",
        deployment_interval_s=interval_days * 86400,
        lead_time_s=None,
        change_fail_rate=None,
        recovery_time_s=None,
    )
    assert found["deployment_frequency"] == band


@pytest.mark.parametrize(
    ("hours", "lead", "recovery"),
    first_now(
        [
            (0.5, "elite", "elite"),
            (1, "high", "high"),
            (30, "high", "medium"),
            (170, "medium", "low"),
            (800, "low", "low"),
        ]
    ),
)
def test_bands_of_durations(hours: float, lead: str, recovery: str) -> None:
    found = bands(
        "mission",
        deployment_interval_s=None,
        lead_time_s=hours * 3600,
        change_fail_rate=None,
        recovery_time_s=hours * 3600,
    )
    assert (found["lead_time"], found["recovery_time"]) == (lead, recovery)


@pytest.mark.slow
def test_choices_of_the_project_are_printed_with_the_result() -> None:
    choices = Choices.read({"production": ["EU-1"], "attribution_hours": 2, "dora_profile": "2024"})
    signals = [
        signal("deployment succeeded", "2026-03-02 10:00", "d1", environment="eu-1"),
        deployed("2026-03-02 11:00", "d2"),
        signal("incident started", "2026-03-02 13:00", "i1"),
    ]
    document = measure("dora", signals, *WEEK, choices=choices)
    assert (only(document)["deployments"], only(document)["failed_deployments"]) == (1, 0)
    assert "eu-1" in document["definition"]
    assert "at most 2 h" in document["definition"]
    assert only(document)["bands"]["profile"] in PROFILES
