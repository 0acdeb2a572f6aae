"""AGENTS.md: operational workflows that every agent in the project follows, in a marked block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsloop.targets import Form, standing

if TYPE_CHECKING:
    from opsloop.targets import Material

FORM: Final = Form(promoted="AGENTS.md", place="AGENTS.md", gathers=True, block=True)


def render(material: Material) -> dict[str, str]:
    """The block's text."""
    return standing.block(material, "Operational rules")
