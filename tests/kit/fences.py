"""Fenced shell blocks of a Markdown page, and the comment before each that says why it is not run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = re.compile(
    r"(?:<!-- checked, not run: (?P<why>[^>]+) -->\s*\n)?^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_HEREDOC = re.compile(r"<<'(\w+)'.*?^\1$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``line`` is where its first command stands; ``why_not`` is empty for a block that is run."""

    page: str
    line: int
    text: str
    why_not: str = ""

    def commands(self) -> list[str]:
        """Its commands, one a line: without comments and without what is fed to a command."""
        lines = [line.split(" #", 1)[0].strip() for line in _HEREDOC.sub("", self.text).splitlines()]
        return [line for line in lines if line and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """Every ``sh`` block of ``page``, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page=page.name,
            line=text.count("\n", 0, found.start("text")) + 1,
            text=found["text"],
            why_not=(found["why"] or "").strip(),
        )
        for found in _BLOCK.finditer(text)
    ]
