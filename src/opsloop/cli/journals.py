"""Columns for answers that come from several repositories' journals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLUMNS: Final = ("team", "repository")


def origins(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands before each line: team and repository, as wide as the widest; nothing with one journal."""
    if not results or "repository" not in results[0]:
        return [""] * len(results)
    texts = [[hit[name] or "-" for name in _COLUMNS] for hit in results]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return ["".join(f"{text:<{width}}  " for text, width in zip(row, widths, strict=True)) for row in texts]


def skipped(document: Mapping[str, Any]) -> list[str]:
    """A line for each journal that could not be read."""
    return [f"not read: {one['repository']} ({one['reason']})" for one in document.get("skipped", ())]
