"""Frozen records made quickly: a frozen dataclass sets each field by a call, which is most of what making one costs."""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass
from typing import Any


def draft_of(frozen: type[Any]) -> type[Any]:
    """A class of the same slots that is not frozen: what it makes is given the frozen class when it is complete."""
    same = [(i.name, i.type, field(default=i.default, default_factory=i.default_factory)) for i in fields(frozen)]
    return make_dataclass(f"{frozen.__name__}Draft", same, slots=True, kw_only=True)
