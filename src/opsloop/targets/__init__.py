"""Targets: what learnings become. One folder a target, no registry.

A folder ``targets/NAME/`` is the target NAME. Its module offers::

    FORM = Form(promoted="runbook", place="docs/runbooks")
    def render(material: Material) -> dict[str, str]: ...   # relative path -> text; pure

``render`` says what entries, evidence and metrics say and nothing else: what is unknown stays as a marked question
(``prose.question``). It raises BadInput where the material can't become this.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from opsloop.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from opsloop.config import Slo
    from opsloop.model import Entry, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a target's files live.

    ``promoted``: what an entry's **Promoted** says, in the mission's words. ``place``: default folder or file,
    relative to the root; ``[targets]`` NAME overrides it. ``gathers``: it renders everything promoted to it so far.
    ``block``: its text is a marked block of a file that is otherwise somebody else's. ``once``: an existing file is
    never touched. ``status``: what the entry's status becomes.
    """

    promoted: str
    place: str
    gathers: bool = False
    block: bool = False
    once: bool = False
    status: str = "promoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a target is made from.

    ``place``: where its files go. ``occurrences``, ``evidence`` (all signals around an entry's occurrences, oldest
    first) and ``related`` (similar entries) are by entry id. ``figures``: metrics that the target asked for, in the
    contract's JSON form. ``name``: of a skill.
    """

    entries: tuple[Entry, ...]
    place: str
    now: datetime
    occurrences: Mapping[str, Sequence[Signal]] = field(default_factory=dict)
    evidence: Mapping[str, Sequence[Signal]] = field(default_factory=dict)
    related: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    slo: Slo | None = None
    name: str | None = None


class Target(Protocol):
    """The shape of a target's module."""

    FORM: Form

    def render(self, material: Material) -> dict[str, str]:
        """Relative path -> text; raises BadInput where the material can't become this."""


def names() -> list[str]:
    """Every target there is, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def load(name: str) -> Target:
    """The target of that name, hyphens and underscores alike; raises NotFound that lists what there is."""
    wanted = name.strip().lower().replace("-", "_")
    if wanted not in names():
        raise NotFound("target", name, known=names())
    module: Any = importlib.import_module(f"{__name__}.{wanted}")
    return module  # type: ignore[no-any-return]
