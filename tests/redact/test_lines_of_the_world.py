"""Lines as shells, configuration and logs hold them, written before the rules were looked at: what goes, what stays.

A line of ``lines/secret.txt`` is ``SECRET :: LINE``; a broken bar is removed first, so that scanners find nothing here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.model import Signal
from opsloop.redact import Redactor, redact
from opsloop.verbs.scrub import Scrubber

LINES = Path(__file__).parent / "lines"
_MASK = re.compile(r"\[[a-z]{2,8}:[0-9a-f]{8}\]")
_LEAST = 6
"""So many characters of a secret in a row are a part of it."""


def read(name: str) -> list[str]:
    return (LINES / f"{name}.txt").read_text(encoding="utf-8").replace("¦", "").splitlines()


@pytest.mark.parametrize("case", read("secret"))
def test_no_part_of_a_secret_is_left(case: str) -> None:
    secret, _, line = case.partition(" :: ")
    assert secret in line
    left = _MASK.sub(" ", redact(line))
    parts = {secret[at : at + _LEAST] for at in range(max(len(secret) - _LEAST, 0) + 1)}
    assert not [part for part in parts if part in left]


@pytest.mark.parametrize("line", read("operational"))
def test_what_operations_need_stays(line: str) -> None:
    assert redact(line) == line


def test_attributes_are_read_with_their_names() -> None:
    token = "gh" + "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    attrs = {
        "db_password": "hunter2",
        "alice@shop.example.org": "1",
        token: "x",
        "10.2.3.4": "up",
        "team": "db",
        "key": "v",
    }
    signal = Signal(id="1", source="t", kind="alert", status="firing", at=datetime(2026, 1, 1, tzinfo=UTC), attrs=attrs)
    kept = Scrubber(Redactor())([signal])[0].attrs
    said = " ".join((*kept, *kept.values()))
    assert not [secret for secret in ("hunter2", "alice", token, "10.2.3.4") if secret in said]
    assert kept["db_password"].startswith("[secret:")
    assert (kept["team"], kept["key"], len(kept)) == ("db", "v", len(attrs))
