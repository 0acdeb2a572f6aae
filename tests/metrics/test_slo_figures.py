"""Error budgets and burn rates against the numbers of the SRE workbook."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from told import measure, only, signal, time, unusable

from opsloop.config import Slo
from opsloop.metrics import burn
from opsloop.model import Signal

NOW = "2026-03-31"


def events(minutes_ago: float, good: float, total: float, **told: str | None) -> Signal:
    """The events of an interval that ended so long before NOW."""
    at = time(NOW) - timedelta(minutes=minutes_ago)
    told = {"service": "shop", "name": "availability", "objective": "0.999"} | told
    told = {key: value for key, value in told.items() if value is not None or key == "service"}
    return signal("sli -", at, good=str(good), total=str(total), **told)


def figures(*signals: Signal, **asked: object) -> dict:
    return only(measure("slo", list(signals), "2026-03-01", NOW, **asked))


@pytest.mark.parametrize(
    ("days", "factors"), [(30, [14.4, 6, 3, 1]), (28, [13.44, 5.6, 2.8, 14 / 15]), (7, [3.36, 1.4, 0.7, 7 / 30])]
)
def test_factors_are_budget_share_times_period_over_long_window(days: int, factors: list[float]) -> None:
    assert [float(window.factor(days)) for window in burn.WINDOWS] == pytest.approx(factors)


def test_three_nines_over_thirty_days_pay_for_43_2_minutes() -> None:
    assert burn.budget_minutes(0.999, 30) == 43.2
    assert burn.budget_minutes(0.99, 28) == 403.2
    assert float(burn.budget(0.9995)) == 0.0005


@pytest.mark.parametrize(("objective", "fires"), [(0.9, False), (0.9305, False), (0.9306, True), (0.999, True)])
def test_an_alert_on_a_weak_objective_can_never_fire(objective: float, fires: bool) -> None:
    assert burn.can_fire(Fraction("14.4"), objective) is fires


def test_the_budget_is_counted_in_events() -> None:
    group = figures(events(60 * 24 * 20, 99_950, 100_000), events(60 * 24 * 3.5, 100_000, 100_000))
    assert (group["good"], group["total"], group["sli"]) == (199_950, 200_000, 0.99975)
    assert (group["budget"], group["budget_minutes"]) == (0.001, 43.2)
    assert (group["budget_consumed"], group["policy"]) == (0.25, "healthy")


@pytest.mark.parametrize(
    ("bad", "policy"),
    [(0, "healthy"), (75, "healthy"), (76, "low"), (99, "low"), (100, "exhausted"), (500, "exhausted")],
)
def test_the_policy_follows_what_is_left(bad: int, policy: str) -> None:
    assert figures(events(5000, 100_000 - bad, 100_000))["policy"] == policy


def test_both_windows_must_exceed_the_factor() -> None:
    hour_ago = events(30, 90_000, 100_000)
    group = figures(hour_ago, events(1, 10_000, 10_000))
    fast, medium, *_ = group["burn_rates"]
    assert (fast["long"], fast["short"]) == (
        {"window": "1h", "rate": pytest.approx(1000 / 11)},
        {"window": "5m", "rate": 0.0},
    )
    assert (fast["factor"], fast["burning"]) == (14.4, False)
    assert (medium["long"]["window"], medium["short"]["window"], medium["burning"]) == ("6h", "30m", True)


@pytest.mark.parametrize(("bad", "burning"), [(144, False), (145, True)])
def test_a_burn_rate_equal_to_the_factor_does_not_burn(bad: int, burning: bool) -> None:
    assert figures(events(1, 10_000 - bad, 10_000))["burn_rates"][0]["burning"] is burning


def test_a_window_includes_its_start_and_excludes_its_end() -> None:
    whole = 60 * 24 * 30
    group = figures(events(0, 0, 7), events(60, 5, 5), events(whole, 3, 3), events(whole + 1, 0, 100))
    assert (group["good"], group["total"]) == (8, 8)
    assert group["burn_rates"][0]["long"]["rate"] == 0.0


def test_no_events_is_no_data() -> None:
    group = figures(declared={"availability": Slo(name="availability", objective=0.999, window_days=28)})
    assert (group["objective"], group["window_days"], group["budget_minutes"]) == (0.999, 28, 40.32)
    assert group["good"] is group["sli"] is group["budget_consumed"] is group["policy"] is None
    assert [rate["burning"] for rate in group["burn_rates"]] == [None] * 4


def test_few_events_are_said_to_be_few() -> None:
    assert figures(events(1, 69, 69))["burn_rates"][0]["low_traffic"] is True
    assert figures(events(1, 70, 70))["burn_rates"][0]["low_traffic"] is False


def test_a_declaration_wins_over_what_signals_say_and_lends_its_service() -> None:
    declared = {"availability": Slo(name="availability", objective=0.99, service="shop", sla_objective=0.95)}
    group = figures(events(9, 990, 1000), events(9, 1000, 1000, service=None), declared=declared)
    assert (group["service"], group["objective"], group["sla_objective"]) == ("shop", 0.99, 0.95)
    assert group["budget_consumed"] == 0.5


def test_the_latest_objective_of_the_signals_holds_where_none_is_declared() -> None:
    assert figures(events(900, 1, 1, objective="0.9"), events(9, 1, 1, objective="0.95"))["objective"] == 0.95
    undeclared = figures(events(9, 1, 2, objective=None))
    assert (undeclared["sli"], undeclared["budget"], undeclared["policy"]) == (0.5, None, None)


def test_what_is_no_count_and_no_fraction_is_unusable() -> None:
    signals = [
        events(9, 10, 10),
        events(9, 11, 10),
        events(9, -1, 10),
        events(9, float("nan"), 10),
        events(9, 1, 10, objective="99.9"),
        events(9, 1, 10, objective="1"),
        events(9, 1, 10, objective="high"),
        events(9, 1, 10, name=None),
        events(-9, 1, 10),
    ]
    document = measure("slo", signals, "2026-03-01", NOW)
    assert only(document)["total"] == 10
    assert unusable(document) == {
        "from the future": 1,
        "good or total is missing or no count": 2,
        "indicator without a name": 1,
        "more good than total events": 1,
        "objective that is no fraction between 0 and 1": 3,
    }


def test_weeks_show_where_each_objective_stood_at_their_ends() -> None:
    document = measure("slo", [events(60 * 24 * 10, 9, 10)], "2026-03-09", "2026-03-30", by="week")
    assert [(group["week"], group["total"]) for group in document["groups"]] == [("2026-03-16", 10), ("2026-03-23", 10)]
