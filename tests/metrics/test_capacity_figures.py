"""Capacity by worked examples: runs above a threshold, growth, jumps, and when a disk is full."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from pace import first_now
from told import measure, only, signal, time, unusable

from opsloop.errors import BadInput
from opsloop.metrics.capacity import read_threshold
from opsloop.metrics.forecast import mostly_rises, outlook, step_change
from opsloop.model import Signal

MARCH = ("2026-03-01", "2026-04-01")
START = time("2026-03-02 10:00")


def sample(minute: float, value: float | None, name: str = "cpu", resource: str = "node-1") -> Signal:
    return signal("sample -", START + timedelta(minutes=minute), name=name, value=value, resource=resource)


def sustained(*signals: Signal) -> list[tuple[float, float, float]]:
    """Each run as its first and last minute and its maximum."""
    runs = only(measure("capacity", list(signals), *MARCH))["sustained"]
    minute = lambda text: (time(text.removesuffix("Z")) - START) / timedelta(minutes=1)  # noqa: E731
    return [(minute(run["from"]), minute(run["to"]), run["max"]) for run in runs]


def busy(last: float, *, step: float = 1, without: tuple[float, ...] = ()) -> list[Signal]:
    """Idle, then busy from minute 0 to ``last``, then idle again."""
    minutes = [i * step for i in range(round(last / step) + 1)]
    load = [sample(minute, 0.9) for minute in minutes if minute not in without]
    return [sample(-2 * step, 0.5), sample(-step, 0.5), *load, sample(last + step, 0.5), sample(last + 2 * step, 0.5)]


@pytest.mark.parametrize(("last", "runs"), [(14, []), (15, []), (16, [(0, 16, 0.9)])])
def test_cpu_has_to_stay_above_for_strictly_more_than_fifteen_minutes(last: int, runs: list) -> None:
    assert sustained(*busy(last)) == runs


def test_at_the_threshold_is_not_above_it() -> None:
    assert sustained(*(sample(minute, 0.85) for minute in range(30))) == []


@pytest.mark.parametrize(
    ("missing", "runs"), first_now([((10,), [(0, 20, 0.9)]), ((10, 11), []), ((2, 3), [(4, 20, 0.9)])])
)
def test_a_gap_of_more_than_twice_the_usual_interval_ends_a_run(missing: tuple, runs: list) -> None:
    assert sustained(*busy(20, without=missing)) == runs


def test_a_sample_below_ends_a_run() -> None:
    signals = [*busy(20, without=(10,)), sample(10, 0.1)]
    assert sustained(*signals) == []


@pytest.mark.parametrize(
    ("name", "value", "runs"),
    first_now(
        [("memory", 0.9, 0), ("memory", 0.91, 1), ("disk", 0.86, 1), ("connection_pool", 0.81, 1), ("cpu", 0.99, 0)]
    ),
)
def test_other_resources_need_no_duration(name: str, value: float, runs: int) -> None:
    group = only(measure("capacity", [sample(0, value, name)], *MARCH))
    assert len(group["sustained"]) == runs


@pytest.mark.slow
def test_resources_have_series_of_their_own() -> None:
    signals = [sample(minute, 0.9, resource=f"node-{minute % 2}") for minute in range(40)]
    groups = measure("capacity", signals, *MARCH)["groups"]
    assert [(group["name"], group["resource"], len(group["sustained"])) for group in groups] == [
        ("cpu", "node-0", 1),
        ("cpu", "node-1", 1),
    ]


def test_thresholds_can_be_set_and_added() -> None:
    signals = [sample(0, 0.6, "disk"), sample(0, 0.6, "inodes"), sample(0, 7.0, "queue_depth")]
    document = measure(
        "capacity", signals, *MARCH, thresholds=dict([read_threshold("disk=0.5"), read_threshold("inodes=0.7")])
    )
    assert [(group["name"], group["threshold"], len(group["sustained"])) for group in document["groups"]] == [
        ("disk", 0.5, 1),
        ("inodes", 0.7, 0),
    ]


@pytest.mark.parametrize("text", ["cpu", "cpu=", "cpu=85", "=0.5", "cpu=high"])
def test_a_threshold_is_a_name_and_a_ratio(text: str) -> None:
    with pytest.raises(BadInput, match=r"cpu=0\.85"):
        read_threshold(text)


def test_values_that_are_no_ratio_are_unusable() -> None:
    signals = [sample(0, 0.5), sample(1, 1.7), sample(2, -0.1), sample(3, None), sample(4, 0.6), sample(10**6, 0.5)]
    assert unusable(measure("capacity", signals, *MARCH)) == {
        "from the future": 1,
        "value is no ratio between 0 and 1": 3,
    }


def grown(level: float, per_day: float, *, noise: float = 0.0, days: int = 28) -> tuple[list[float], list[float]]:
    dice = random.Random(7)
    ahead = [day - days + 0.5 for day in range(days)]
    return ahead, [level + per_day * (days + day) + dice.gauss(0, noise) for day in ahead]


@pytest.mark.slow
def test_a_steady_growth_has_a_range_around_the_truth() -> None:
    ahead = outlook(*grown(0.5, 0.01, noise=0.004))
    assert ahead.growth == "growing"
    assert ahead.exhaustion is not None
    assert ahead.exhaustion.low <= ahead.exhaustion.median <= ahead.exhaustion.high
    assert ahead.exhaustion.low - 2 <= 22 <= ahead.exhaustion.high + 2
    assert ahead.methods == ("theil_sen", "auto_ets")


@pytest.mark.slow
def test_noise_is_no_growth() -> None:
    ahead = outlook(*grown(0.5, 0.0, noise=0.02))
    assert (ahead.growth, ahead.exhaustion) == ("no significant growth", None)


@pytest.mark.slow
def test_a_shrinking_resource_is_never_full() -> None:
    assert outlook(*grown(0.8, -0.01, noise=0.004)).growth == "shrinking"


@pytest.mark.slow
def test_what_would_take_decades_gets_no_date() -> None:
    ahead = outlook(*grown(0.5, 0.00001))
    assert (ahead.growth, ahead.exhaustion) == ("growing", None)


@pytest.mark.slow
def test_a_series_without_noise_is_forecast_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    ahead = outlook(*grown(0.5, 0.01))
    assert ahead.exhaustion is not None
    assert ahead.exhaustion.median == pytest.approx(22, abs=0.1)
    assert not recwarn.list


def test_a_week_is_too_short_to_tell_with_less() -> None:
    assert outlook(*grown(0.5, 0.01, days=6)).growth == "not enough data"


def test_a_jump_is_flagged_and_not_taken_for_growth() -> None:
    dice = random.Random(3)
    levels = [0.4 + dice.gauss(0, 0.005) for _ in range(14)] + [0.6 + dice.gauss(0, 0.005) for _ in range(14)]
    days = [day - 27.5 for day in range(28)]
    ahead = outlook(days, levels)
    assert step_change(days, levels) == 14
    assert (ahead.step_change, ahead.exhaustion) == (True, None)


@pytest.mark.parametrize(
    "levels",
    first_now(
        [
            [0.4] * 14 + [0.9] + [0.4] * 14,
            [0.3 + 0.02 * day for day in range(30)],
            [0.6 if day % 7 < 5 else 0.3 for day in range(35)],
            [0.4] * 25 + [0.9] * 3,
            [],
            [0.5],
        ]
    ),
    ids=["one day", "steady", "weekends", "too young", "nothing", "one"],
)
def test_what_does_not_last_is_no_jump(levels: list[float]) -> None:
    assert step_change(range(len(levels)), levels) is None


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.01])
@pytest.mark.parametrize(("hole", "per_day"), [(4, 0.02), (7, 0.01), (7, 0.02)])
def test_days_without_samples_are_no_jump(hole: int, per_day: float, noise: float) -> None:
    days, levels = without_days(14, hole, *grown(0.4, per_day, noise=noise))
    assert step_change(days, levels) is None
    assert mostly_rises(days, levels)


def test_a_jump_between_two_ends_of_a_hole_is_found() -> None:
    days, levels = without_days(14, 7, *grown(0.2, 0.01, noise=0.003))
    assert step_change(days, levels[:14] + [level + 0.3 for level in levels[14:]]) == 14


def without_days(first: int, count: int, days: list[float], levels: list[float]) -> tuple[list[float], list[float]]:
    """A series with a hole in it."""
    return days[:first] + days[first + count :], levels[:first] + levels[first + count :]


@pytest.mark.slow
@pytest.mark.parametrize(("days", "hour"), [(7, 1), (7, 12), (28, 12)])
def test_a_day_that_has_just_begun_does_not_shift_the_date(days: int, hour: int) -> None:
    now = time("2026-03-31") + timedelta(hours=hour)
    steps = 48 * (days - 1) + 2 * hour
    signals = [
        signal("sample -", now - timedelta(minutes=30 * back), name="disk", value=0.8 - 0.02 * back / 48, resource="d")
        for back in range(1, min(steps, 48 * 39))
    ]
    group = only(measure("capacity", signals, "2026-03-03", f"{now:%Y-%m-%d %H:%M}"))
    assert group["exhaustion"]["median"] == pytest.approx(10, abs=0.1)


def test_a_growing_disk_is_full_in_days_after_the_window() -> None:
    signals = [
        signal(
            "sample -", time("2026-03-01") + timedelta(hours=6 * i), name="disk", value=0.5 + 0.01 * i / 4, resource="d"
        )
        for i in range(4 * 31)
    ]
    group = only(measure("capacity", signals, *MARCH))
    assert group["growth"] == "growing"
    assert group["exhaustion"]["median"] == pytest.approx(19, abs=0.5)
    assert only(measure("capacity", signals[:20], *MARCH))["exhaustion"] is None


@pytest.mark.slow
def test_a_run_across_midnight_of_a_week_is_one_run_of_the_week_it_began_in() -> None:
    signals = [
        signal("sample -", time("2026-03-15 23:50") + timedelta(minutes=i), name="cpu", value=0.95) for i in range(21)
    ]
    first, second = measure("capacity", signals, "2026-03-09", "2026-03-23", by="week")["groups"]
    assert [(run["from"], run["to"]) for run in first["sustained"]] == [
        ("2026-03-15T23:50:00Z", "2026-03-16T00:10:00Z")
    ]
    assert (second["week"], second["sustained"]) == ("2026-03-16", [])


@pytest.mark.slow
def test_weeks_without_samples_are_there_with_nulls() -> None:
    signals = [signal("sample -", "2026-03-03 10:00", name="disk", value=0.9)]
    weeks = measure("capacity", signals, "2026-03-02", "2026-03-16", by="week")["groups"]
    assert [(week["week"], week["sustained"] and len(week["sustained"])) for week in weeks] == [
        ("2026-03-02", 1),
        ("2026-03-09", None),
    ]
    assert weeks[0].keys() == weeks[1].keys()
