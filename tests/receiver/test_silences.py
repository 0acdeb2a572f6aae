"""A silence counts when the source's own past does not explain it."""

from __future__ import annotations

from datetime import UTC, datetime

from opsloop.verbs.silences import absences, unusual

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) // 3600
DAY = 24
WEEK = 7 * DAY


def office_hours(weeks: int) -> list[int]:
    """Every hour from 9 to 17, from Monday to Friday."""
    days = [MONDAY + week * WEEK + day * DAY for week in range(weeks) for day in range(5)]
    return [day + hour for day in days for hour in range(9, 18)]


def test_weekends_are_usual_also_while_they_last() -> None:
    hours = office_hours(6)
    for now in range(hours[0], MONDAY + 6 * WEEK + 9):
        heard = [hour for hour in hours if hour <= now]
        assert list(unusual(heard, now)) == [], now - MONDAY


def test_a_week_that_nobody_works_is_unusual_from_half_a_weekend_longer_on() -> None:
    hours = office_hours(4)
    friday, weekend = hours[-1], 64
    assert list(unusual(hours, friday + weekend * 3 // 2)) == []
    assert list(unusual(hours, friday + weekend * 3 // 2 + 1)) == [(friday, friday + 97)]


def test_one_outage_does_not_make_the_next_one_usual_but_a_second_does() -> None:
    steady = range(MONDAY, MONDAY + 60 * DAY)
    first, second, third = (range(MONDAY + day * DAY, MONDAY + (day + 3) * DAY) for day in (20, 30, 40))
    hours = [hour for hour in steady if hour not in first and hour not in second and hour not in third]
    found = list(unusual(hours, hours[-1]))
    assert [one for one, _ in found] == [first[0] - 1, second[0] - 1]


def test_of_a_source_that_is_new_or_rare_nothing_is_said() -> None:
    fresh = list(range(MONDAY, MONDAY + 13 * DAY))
    rare = [MONDAY + DAY * day for day in (0, 1, 9, 10, 12, 30, 31)]
    assert list(unusual(fresh, fresh[-1] + 20 * DAY)) == []
    assert list(unusual(rare, rare[-1] + 60 * DAY)) == []


def test_a_nightly_job_is_missed_after_a_day_and_a_half() -> None:
    nights = [MONDAY + DAY * day for day in range(20)]
    assert list(unusual(nights, nights[-1] + 36)) == []
    assert list(unusual(nights, nights[-1] + 37)) == [(nights[-1], nights[-1] + 37)]


def test_an_absence_is_every_silence_of_more_than_a_day() -> None:
    assert list(absences([MONDAY, MONDAY + 24, MONDAY + 49], MONDAY + 49)) == [(MONDAY + 24, MONDAY + 49)]
    assert list(absences([MONDAY], MONDAY + 25)) == [(MONDAY, MONDAY + 25)]
    assert list(absences([MONDAY], MONDAY - 5)) == []
