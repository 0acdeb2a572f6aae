"""The quick reader of JSON and the standard library's say the same of every body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.errors import BadInput
from opsloop.sources import decoding

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ODD = [
    b"1e400",
    b"1" * 5000,
    b"18446744073709551616",
    b"-0.0",
    b"0.1e-400",
    b'{"a":1,"a":2}',
    b"[" * 100_000,
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b"NaN",
    b"[-Infinity]",
    b"01",
    b"[1,]",
    b"",
    b"\xef\xbb\xbf{}",
    b'"\t"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\u0000"',
]


def told(read: Callable[[bytes], Any], body: bytes) -> str:
    try:
        return repr(read(body))
    except BadInput:
        return "refused"


def quick_and_slow(body: bytes) -> tuple[str, str]:
    with pytest.MonkeyPatch.context() as patched:
        quick = told(decoding.read_json, body)
        patched.setattr(decoding, "_quick", None)
        return quick, told(decoding.read_json, body)


@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:12]))
def test_odd_bodies_are_read_alike(body: bytes) -> None:
    quick, slow = quick_and_slow(body)
    assert quick == slow


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS, ascii_only=st.booleans(), cut=st.integers(0, 3), tail=st.binary(max_size=4))
def test_any_body_whole_or_broken_is_read_alike(document: Any, ascii_only: bool, cut: int, tail: bytes) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    quick, slow = quick_and_slow(body[: len(body) - cut] + tail)
    assert quick == slow
