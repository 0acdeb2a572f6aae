"""Writes docs/reference/ from the product itself: the folders' READMEs and the command tree.

python tools/reference.py [FOLDER]     (default docs/reference)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from opsloop.cli import VERBS, cli

SOURCE = Path(__file__).parent.parent / "src" / "opsloop"
SHELVES = {
    "sources": "Sources: what turns a tool's requests into signals",
    "detectors": "Detectors: what is worth learning, by which definition",
    "targets": "Targets: what a proven learning becomes",
    "clients": "Agent clients: what is installed where",
}


def shelf(name: str) -> str:
    """One page of all READMEs below ``src/opsloop/NAME/``."""
    pages = sorted((SOURCE / name).glob("*/README.md"))
    texts = [page.read_text(encoding="utf-8").strip().replace("\n#", "\n##") for page in pages]
    return "\n\n".join([f"# {SHELVES[name]}", *(f"#{text}" for text in texts)]) + "\n"


def commands() -> str:
    """One page of every verb with its help text."""
    parent = click.Context(cli, info_name="opsloop")
    parts = ["# Commands"]
    for name in VERBS:
        command = cli.get_command(parent, name)
        assert command is not None
        parts.extend(_command(command, name, parent, level=2))
    return "\n\n".join(parts) + "\n"


def _command(command: click.Command, name: str, parent: click.Context, level: int) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    parts = [f"{'#' * level} {context.command_path}", f"```text\n{command.get_help(context)}\n```"]
    inner: dict[str, Any] = getattr(command, "commands", {})
    for child, item in inner.items():
        parts.extend(_command(item, child, context, level + 1))
    return parts


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHELVES:
        (folder / f"{name}.md").write_text(shelf(name), encoding="utf-8")
    (folder / "commands.md").write_text(commands(), encoding="utf-8")


if __name__ == "__main__":
    main()
