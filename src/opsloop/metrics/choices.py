"""What a project may decide about its metrics: the table ``[metrics]`` of ``opsloop.toml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from opsloop.errors import BadInput
from opsloop.metrics.attribution import ATTRIBUTION_HOURS
from opsloop.metrics.bands import PROFILES
from opsloop.metrics.relations import PRODUCTION
from opsloop.metrics.scope import DEFAULT_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Decisions behind the figures; every default is the mission's.

    ``window_days``: how far back to look where nobody says from when. ``production``: environments whose deployments
    count, in lower case. ``attribution_hours``: how long after a deployment an incident may count against it.
    ``dora_profile``: whose bands to compare with. ``budget_low_share``: an error budget with less than this share
    left is low.
    """

    window_days: int = DEFAULT_DAYS
    production: tuple[str, ...] = tuple(sorted(PRODUCTION))
    attribution_hours: float = ATTRIBUTION_HOURS
    dora_profile: str = "mission"
    budget_low_share: float = 0.25

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """From the settings' table; raises BadInput naming the key that is unknown or unfit."""
        known = [item.name for item in fields(cls)]
        if unknown := table.keys() - set(known):
            msg = f"[metrics] has no key {min(unknown)!r}; there are {' '.join(known)}"
            raise BadInput(msg)
        for key, fits, wanted in _FIT:
            if key in table and not fits(table[key]):
                msg = f"[metrics] {key} = {table[key]!r} should be {wanted}"
                raise BadInput(msg)
        values = dict(table)
        if "production" in values:
            values["production"] = tuple(name.lower() for name in values["production"])
        return cls(**values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FIT = (
    ("window_days", lambda value: type(value) is int and value > 0, "a number of whole days"),
    ("production", lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value), "names"),
    ("attribution_hours", lambda value: _is_number(value) and value > 0, "a number of hours"),
    ("dora_profile", lambda value: value in list(PROFILES), f"one of {' '.join(PROFILES)}"),
    ("budget_low_share", lambda value: _is_number(value) and 0 < value < 1, "a fraction between 0 and 1"),
)
