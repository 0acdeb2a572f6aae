"""What a shell offers when Tab is pressed on a name: the folders that there are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import click


def names_of(shelf: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """A completion for the sources, detectors, targets or clients."""

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
        found: list[str] = import_module(f"opsloop.{shelf}").names()
        return [name for name in found if name.startswith(begun.replace("-", "_"))]

    return complete
