"""The native form of a signal: what goes in comes out, and a mistake names its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.errors import BadInput
from opsloop.model import KINDS, Signal, parse_time, severity_of

texts = st.none() | st.text(min_size=1)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    kind = draw(st.sampled_from(sorted(KINDS)))
    return Signal(
        id=draw(st.text(min_size=1)),
        source=draw(st.text(min_size=1)),
        kind=kind,
        status=draw(st.sampled_from(sorted(KINDS[kind]))),
        at=draw(st.datetimes(timezones=st.just(UTC))),
        service=draw(texts),
        name=draw(texts),
        fingerprint=draw(texts),
        severity=draw(st.sampled_from([None, "P1", "P4"])),
        duration_s=draw(numbers),
        value=draw(numbers),
        summary=draw(texts),
        attrs=draw(st.dictionaries(st.text(), st.text(), max_size=3)),
    )


@given(signals())
def test_what_is_written_is_read_back(signal: Signal) -> None:
    assert Signal.from_json(signal.as_json()) == signal


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_any_json_is_read_or_refused(record: Any) -> None:
    try:
        Signal.from_json(record)
    except BadInput as error:
        assert "\n" not in str(error)  # noqa: PT017 - the message is the point, refusing is optional


GOOD = {"id": "a", "source": "s", "kind": "alert", "status": "firing", "at": "2026-03-29T03:00:00+02:00"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "alarm"}, "kind 'alarm'"),
        ({"status": "open"}, "status 'open'"),
        ({"severity": "critical"}, "severity 'critical'"),
        ({"at": "2026-03-29T03:00:00"}, "no offset"),
        ({"at": "yesterday"}, "not an RFC 3339 time"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "outside the years"),
        ({"at": None}, "at is missing"),
        ({"id": ""}, "id is missing"),
        ({"value": "3"}, "value is a finite number"),
        ({"value": float("nan")}, "value is a finite number"),
        ({"duration_s": True}, "duration_s is a finite number"),
        ({"attrs": {"a": 1}}, "attrs is an object of strings"),
        ({"service": 7}, "service is text"),
        ({"colour": "red"}, "unknown field 'colour'"),
    ],
)
def test_a_mistake_names_its_field(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        Signal.from_json(GOOD | change)


def test_any_offset_becomes_utc() -> None:
    assert Signal.from_json(GOOD).at == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_naive_time_takes_the_zone_that_was_named() -> None:
    assert parse_time("2026-01-01T00:00:00", timezone=timezone(timedelta(hours=2))).hour == 22


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", "P1"),
        ("error", "P2"),
        ("High", "P2"),
        ("warning", "P3"),
        ("info", "P4"),
        ("low", "P4"),
        ("P5", "P4"),
        ("p0", "P1"),
        ("sev-2", "P2"),
        ("SEV 1", "P1"),
        ("P1 - Critical", "P1"),
        ("Severity 3", "P3"),
    ],
)
def test_severity_words_have_one_meaning(word: str, severity: str) -> None:
    assert severity_of(word) == severity


@pytest.mark.parametrize("word", [None, "", "purple", "p", "P10", "sev", "step 1"])
def test_an_unknown_word_has_no_severity(word: str | None) -> None:
    assert severity_of(word) is None
