"""Toil by worked examples: what repeats, whose shift it was, and what has no denominator."""

from __future__ import annotations

import pytest
from told import measure, only, signal, unusable

from opsloop.model import Signal

MARCH = ("2026-03-01", "2026-04-01")


def done(
    at: str, name: str = "restart", *, minutes: float | None = 30, manual: str = "true", **told: str | None
) -> Signal:
    told = {"engineer": "ana"} | told
    return signal("remediation done", at, name=name, manual=manual, duration_s=minutes and minutes * 60.0, **told)


def shift(ended: str, name: str, *, hours: float = 12, engineer: str = "ana") -> Signal:
    return signal("shift ended", ended, name, duration_s=hours * 3600.0, engineer=engineer)


def test_the_third_of_a_kind_is_toil_the_first_two_are_not() -> None:
    signals = [
        done("2026-03-02 01:00"),
        done("2026-03-02 02:00"),
        done("2026-03-02 03:00"),
        done("2026-03-02 04:00", minutes=60),
        done("2026-03-02 05:00", "other"),
        done("2026-03-02 06:00", service="search"),
        shift("2026-03-02 12:00", "night"),
    ]
    group = only(measure("toil", signals, *MARCH))
    assert (group["shift"], group["engineer"]) == ("night", "ana")
    assert (group["toil_s"], group["shift_s"], group["ratio"]) == (5400, 43200, 0.125)
    assert group["by_remediation"] == {"restart": 5400}


@pytest.mark.parametrize(("third", "toil"), [("2026-03-31 10:00", 1800), ("2026-03-31 10:00:01", None)])
def test_of_one_kind_three_within_thirty_days_inclusive_repeat(third: str, toil: float | None) -> None:
    signals = [done("2026-03-01 10:00"), done("2026-03-20 10:00"), done(third)]
    groups = measure("toil", signals, *MARCH)["groups"]
    assert [group["toil_s"] for group in groups] == ([toil] if toil else [])


def test_automated_remediations_are_no_toil_and_do_not_make_others_repeat() -> None:
    signals = [done(f"2026-03-0{day} 10:00", manual="false") for day in range(1, 6)] + [done("2026-03-06 10:00")]
    assert measure("toil", signals, *MARCH)["groups"] == []


def test_a_shift_holds_its_start_and_not_its_end() -> None:
    signals = [
        *(done(f"2026-02-2{day} 10:00") for day in (5, 6)),
        done("2026-03-02 00:00"),
        done("2026-03-02 12:00", engineer="ben"),
        done("2026-03-02 12:00"),
        shift("2026-03-02 12:00", "night"),
    ]
    groups = measure("toil", signals, *MARCH)["groups"]
    assert [(group["shift"], group["engineer"], group["toil_s"], group["ratio"]) for group in groups] == [
        ("night", "ana", 1800, 1800 / 43200),
        (None, "ana", 1800, None),
        (None, "ben", 1800, None),
    ]


def test_a_shift_without_toil_has_a_ratio_of_zero() -> None:
    group = only(measure("toil", [shift("2026-03-02 12:00", "night")], *MARCH))
    assert (group["toil_s"], group["ratio"], group["by_remediation"]) == (0, 0, {})


def test_a_shift_that_began_before_the_window_keeps_all_its_toil() -> None:
    signals = [
        *(done(f"2026-02-28 2{hour}:00") for hour in range(4)),
        shift("2026-03-01 06:00", "night"),
        shift("2026-04-01 06:00", "later"),
        done("2026-03-31 23:00"),
        *(done(f"2026-03-30 2{hour}:00") for hour in range(3)),
    ]
    groups = measure("toil", signals, *MARCH, now="2026-04-02")["groups"]
    assert [(group["shift"], group["toil_s"]) for group in groups] == [("night", 3600), (None, 5400)]


def test_what_has_no_duration_counts_in_the_series_but_not_in_the_time() -> None:
    signals = [
        done("2026-03-02 01:00", minutes=None),
        done("2026-03-02 02:00", minutes=-5),
        done("2026-03-02 03:00"),
        signal("shift ended", "2026-03-02 12:00", "a", engineer="ana"),
        signal("shift ended", "2026-03-02 12:00", "b", duration_s=9.0),
        done("2026-05-01 10:00"),
    ]
    document = measure("toil", signals, *MARCH)
    assert only(document)["toil_s"] == 1800
    assert unusable(document) == {
        "from the future": 1,
        "manual remediation without a duration": 2,
        "shift without a duration": 1,
        "shift without an engineer": 1,
    }


def test_services_have_no_shifts_and_weeks_have_all_of_theirs() -> None:
    signals = [
        *(done(f"2026-03-02 0{hour}:00") for hour in range(4)),
        shift("2026-03-02 12:00", "night"),
        shift("2026-03-10 12:00", "quiet"),
    ]
    by_service = only(measure("toil", signals, *MARCH, by="service"))
    assert (by_service["service"], by_service["toil_s"], by_service["ratio"]) == ("shop", 3600, None)
    weeks = measure("toil", signals, "2026-03-02", "2026-03-23", by="week")["groups"]
    assert [(week["week"], week["toil_s"], week["ratio"]) for week in weeks] == [
        ("2026-03-02", 3600, 1 / 12),
        ("2026-03-09", 0, 0),
        ("2026-03-16", None, None),
    ]
