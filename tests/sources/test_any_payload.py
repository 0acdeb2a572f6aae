"""Whatever comes in, a source reads it or refuses it with BadInput: never another exception, never an unsound signal."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opsloop.sources
from opsloop.errors import BadInput
from opsloop.model import KINDS, SEVERITIES, Signal
from opsloop.sources import Delivery, load, names

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FOLDER = Path(opsloop.sources.__file__).parent
CASES = {
    name: [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / name / "cases").glob("*.json"))]
    for name in names()
}
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
HOSTILE = [
    None,
    True,
    False,
    0,
    -1,
    2**64,
    10**400,
    1e308,
    -0.0,
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    "1e999",
    "9" * 40,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-13-45",
    "²",
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    [None],
    "☃",
    "\u202eevil",
    "true",
    "[1]",
]


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


def mutate(value, rng):
    """One place of a document changed: replaced, removed, doubled, or filled with something hostile."""
    value = copy.deepcopy(value)
    places = [(value, key) for key in _keys(value)]
    for holder, key in places:
        if isinstance(holder[key], dict | list):
            places.extend((holder[key], inner) for inner in _keys(holder[key]))
    if not places:
        return rng.choice(HOSTILE)
    holder, key = rng.choice(places)
    match rng.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 2:
            other, place = rng.choice(places)
            if place in _keys(other) and key in _keys(holder):
                holder[key] = copy.deepcopy(other[place])
        case _:
            holder[key] = rng.choice(HOSTILE)
    return value


def _keys(value):
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def mutated_body(case, rng):
    """A case's body with one to three changes, sometimes cut or with a byte changed."""
    body = case["text"].encode() if "text" in case else None
    if body is None:
        document = case["body"]
        for _ in range(rng.randrange(1, 4)):
            document = mutate(document, rng)
        body = json.dumps(document).encode()
    if rng.random() < 0.1 or "text" in case:
        place = rng.randrange(len(body) + 1)
        body = rng.choice([body[:place], body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :], body + body])
    return body


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


@pytest.mark.chaos
def test_a_hundred_thousand_mutated_payloads_are_read_or_refused(record_property):
    rng = random.Random(20260302)
    counts = {"read": 0, "refused": 0, "signals": 0}
    everything = [(name, case) for name, cases in CASES.items() for case in cases]
    for _ in range(100_000):
        name, case = rng.choice(everything)
        signals = read(name, mutated_body(case, rng), case.get("headers", {}), case.get("options", {}))
        counts["refused" if signals is None else "read"] += 1
        counts["signals"] += len(signals or ())
    for key, value in counts.items():
        record_property(key, value)
    print(counts)
    assert counts["read"] + counts["refused"] == 100_000
    assert counts["signals"] > 10_000


def test_deep_json_is_refused():
    for name in names():
        assert read(name, b"[" * 100_000, {}, {}) in (None, ())
        assert read(name, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {}, {}) in (None, ())
