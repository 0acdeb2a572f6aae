"""Ids that sources build need no redaction; whatever else an id may be is looked at, quickly."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from opsloop.model import Signal
from opsloop.redact import Redactor
from opsloop.verbs.scrub import Scrubber, plain

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "10.20.30.40"


def scrubbed(*ids: str) -> list[str]:
    signals = [Signal(id=id_, source="x", kind="alert", status="firing", at=NOW, fingerprint=id_) for id_ in ids]
    done = Scrubber(Redactor())(signals)
    assert [signal.id for signal in done] == [signal.fingerprint for signal in done]
    return [signal.id for signal in done]


def test_one_identity_that_is_not_plain_is_masked_and_the_others_stay() -> None:
    first, second, third = scrubbed("x:abc", f"x:{ADDRESS}", "x:abd")
    assert (first, third) == ("x:abc", "x:abd")
    assert ADDRESS not in second


def test_a_line_break_within_an_identity_hides_nothing() -> None:
    assert not plain("x:abc\nx")
    assert ADDRESS not in "".join(scrubbed(f"x\n{ADDRESS}\nx"))


def test_an_identity_made_to_be_slow_is_not() -> None:
    started = time.process_time()
    scrubbed("a:" * 95 + "!")
    assert time.process_time() - started < 1
