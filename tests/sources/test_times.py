"""The time formats that tools send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.sources.times import moment

EXPECTED = datetime(2026, 3, 2, 9, 10, 0, 123000, tzinfo=UTC)
WHOLE = EXPECTED.replace(microsecond=0)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T09:10:00.123Z",
        "2026-03-02T09:10:00.1230009Z",
        "2026-03-02T09:10:00.123000999Z",
        "2026-03-02T11:10:00.123+02:00",
        "2026-03-02T09:10:00.123+0000",
        "2026-03-02 11:10:00.123 +0200",
        "2026-03-02 09:10:00.123 UTC",
        " 2026-03-02T04:10:00,123-05 ",
        "2026-03-02 11:10:00.123000999 +0200 CEST",
        "2026-03-02 09:10:00.123000999 +0000 UTC m=+8560.285724134",
        "2026-03-02 06:10:00.123000999 -0300 -03 m=-0.000000001",
        "2026-03-02 14:40:00.123 +0530 +0530",
        1772442600123,
        1772442600123000,
        1772442600123000000,
        1772442600.123,
        "1772442600123",
        "1772442600.123",
    ],
)
def test_a_moment_is_read_however_it_is_written(written):
    assert moment(written) == EXPECTED


@pytest.mark.parametrize(
    "written",
    [1772442600, "1772442600", "2026-03-02T09:10Z", "2026-03-02T09:10:00Z", "Mon, 02 Mar 2026 10:10:00 +0100"],
)
def test_whole_seconds_are_read(written):
    assert moment(written) == WHOLE


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        0,
        "0",
        -5,
        "",
        "null",
        None,
        True,
        [],
        {},
        "soon",
        "2026-03-02",
        "20260302",
        "2026-03-02 09:10:00",
        "Mon, 02 Mar 2026 09:10:00",
        "Mon, 99 Mar 2026 09:10:00 +9999",
        "2026-03-02 09:10:00 CET",
        "2026-02-30T09:10:00Z",
        "9999-12-31T23:59:59-12:00",
        10**30,
        float("inf"),
        float("nan"),
        "1e400",
        "²",
        "9999-12-31T23:59:59Z",
        160_513_393_115_100_000,
    ],
)
def test_what_is_no_time_is_none(written):
    assert moment(written) is None


def test_a_time_without_an_offset_counts_where_the_tool_means_utc():
    assert moment("2026-03-02 09:10:00", naive_is_utc=True) == WHOLE
    assert moment("2026-03-02", naive_is_utc=True) is None


@given(at=st.datetimes(datetime(1972, 1, 1), datetime(2200, 1, 1)), hours=st.integers(-12, 14))  # noqa: DTZ001
def test_every_offset_means_the_same_moment(at, hours):
    utc = at.replace(tzinfo=UTC)
    assert moment(utc.astimezone(timezone(timedelta(hours=hours))).isoformat()) == utc


@given(at=st.datetimes(datetime(2002, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_epochs_are_told_apart_by_their_size(at):
    utc = at.replace(tzinfo=UTC, microsecond=0)
    seconds = int(utc.timestamp())
    assert {moment(seconds * scale) for scale in (1, 10**3, 10**6, 10**9)} == {utc}
