"""Whatever comes in, a source reads it or refuses it with BadInput: never another exception, never an unsound signal."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutation import CASES, mutated_body

from opsloop.errors import BadInput
from opsloop.model import KINDS, SEVERITIES, Signal
from opsloop.sources import Delivery, load, names

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [
            "",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "1e400",
            "²",
            "$X",
            "{X}",
            "\ud800",
            "\x00",
            "null",
            "P1",
        ]
    )
)


def read(name, body, headers, options):
    """The signals of a body, checked; None where it is refused."""
    delivery = Delivery(body=body, headers=headers, received_at=NOW)
    source = load(name)
    assert source.verify(delivery, b"some secret") in {True, False}
    try:
        parsed = source.parse(delivery, options)
    except BadInput:
        return None
    assert parsed.ignored >= 0
    for signal in parsed.signals:
        check(signal)
    return parsed.signals


def check(signal):
    assert signal.status in KINDS[signal.kind]
    assert signal.severity in (None, *SEVERITIES)
    assert signal.at.tzinfo is UTC or signal.at.utcoffset().total_seconds() == 0
    assert signal.id
    assert signal.source
    record = signal.as_json()
    json.dumps(record, allow_nan=False, ensure_ascii=False).encode()
    if signal.source in CASES:  # the native forms carry whatever source their author wrote
        assert len(signal.id) <= 200
        assert len(signal.attrs) <= 41
        assert all(len(value) <= 300 for value in signal.attrs.values())
        assert all(
            value.isprintable()
            for value in (signal.name, signal.service, signal.summary, *signal.attrs.values())
            if value
        )
        assert Signal.from_json({**record, "received_at": None}) == signal


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
@given(
    document=st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_json_is_read_or_refused(name, document):
    read(name, json.dumps(document).encode("utf-8", "surrogatepass"), {}, {})


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
@given(
    body=st.binary(max_size=200),
    headers=st.dictionaries(
        st.sampled_from(
            [
                "authorization",
                "ce-type",
                "ce-id",
                "x-github-event",
                "sentry-hook-resource",
                "x-hub-signature-256",
                "x-pagerduty-signature",
            ]
        ),
        st.text(max_size=40),
    ),
)
@settings(max_examples=40, deadline=None)
def test_any_bytes_and_headers_are_read_or_refused(name, body, headers):
    read(name, body, headers, {})


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_a_case_with_a_few_changes_is_read_or_refused(name, seed):
    rng = random.Random(seed)
    case = rng.choice(CASES[name])
    read(name, mutated_body(case, rng), case.get("headers", {}), case.get("options", {}))


def test_deep_json_is_refused():
    for name in names():
        assert read(name, b"[" * 100_000, {}, {}) in (None, ())
        assert read(name, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {}, {}) in (None, ())
