"""A mapping that can't be meant is said before anything is received by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.errors import BadInput
from opsloop.sources.mapping import path_of
from opsloop.verbs.doctor import doctor
from opsloop.verbs.receive import Intake
from opsloop.verbs.workspace import Workspace

MAPPING = """
[sources.generic.fields]
status = "state"
name = "check"
[sources.generic.values.status]
down = "firing"
[sources.generic.defaults]
kind = "alert"
"""


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("firing", "fireing", r"\[sources.generic.values.status\] 'fireing' is none of"),
        ('"alert"', '"toil"', r"\[sources.generic.defaults\] 'toil' is none of alert approval"),
        ("name =", "nmae =", r"\[sources.generic.fields\] nmae is no field"),
        ("check", "a..b", r"\[sources.generic.fields\] name is no path"),
    ],
)
def test_the_server_does_not_start_and_doctor_says_why(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    (tmp_path / "opsloop.toml").write_text(MAPPING)
    Intake(Workspace(tmp_path))
    (tmp_path / "opsloop.toml").write_text(MAPPING.replace(old, new))
    with pytest.raises(BadInput, match=wanted):
        Intake(Workspace(tmp_path))
    assert any("sources.generic" in one["what"] for one in doctor(Workspace(tmp_path))["problems"])


@pytest.mark.parametrize(
    ("dotted", "steps"),
    [("a", ["a"]), ("a.0.b", ["a", 0, "b"]), ('"a.b".c', ["a.b", "c"]), ('a."0"', ["a", "0"]), ("", [""])],
)
def test_a_path_is_its_steps(dotted: str, steps: list[str | int]) -> None:
    assert path_of(dotted) == steps
