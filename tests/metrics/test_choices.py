"""The table [metrics] of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from opsloop.errors import BadInput
from opsloop.metrics.choices import Choices


def test_nothing_said_is_the_missions_choice() -> None:
    choices = Choices.read({})
    assert (choices.window_days, choices.attribution_hours, choices.dora_profile) == (30, 24, "mission")
    assert {"production", "prod", "live"} <= set(choices.production)
    assert choices.budget_low_share == 0.25


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("window_days", 0),
        ("window_days", 1.5),
        ("window_days", True),
        ("production", "prod"),
        ("production", [1]),
        ("attribution_hours", -1),
        ("dora_profile", "2019"),
        ("dora_profile", ["2024"]),
        ("budget_low_share", 25),
        ("no_such_key", 1),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: Any) -> None:
    with pytest.raises(BadInput, match=key):
        Choices.read({key: value})
