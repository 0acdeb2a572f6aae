"""Writes docs/reference/ from the product itself: the folders' READMEs and the command tree.

python tools/reference.py [FOLDER]     (default docs/reference)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from opsloop.cli import VERBS, cli
from opsloop.web.api.operations import OPERATIONS

if TYPE_CHECKING:
    from opsloop.web.api.operation import Operation

SOURCE = Path(__file__).parent.parent / "src" / "opsloop"
SHELVES = {
    "sources": "Sources: what turns a tool's requests into signals",
    "detectors": "Detectors: what is worth learning, by which definition",
    "targets": "Targets: what a proven learning becomes",
    "clients": "Agent clients: what is installed where",
}


API_INTRO = """The documents are those of the command line's `--json`; errors are `{"error": {"code", "message"}}`. A
GET takes its fields in the query, a POST as a JSON object. Scopes: `read` (open over loopback while
there are no tokens), `write`, `approve`; each includes those before it. Answers to a GET carry an ETag:
repeat the request with `If-None-Match`, and what has not changed is answered 304. Lists with
`next_cursor` go on with `cursor`. `/v1/openapi.json` describes all of it, `/v1/events` is a stream of
server-sent events that says when the data changed. What touches the machine itself (agents, tokens,
pull, import) is on the command line only."""


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


def api() -> str:
    """One page of what the HTTP API does."""
    rows = []
    for one in OPERATIONS:
        takes = ", ".join(f"`{name}`" for name in asked(one)) or "-"
        rows.append(f"| `{one.method} {one.path}` | {one.scope} | {one.summary} | {takes} |")
    head = ["# HTTP API", "", API_INTRO, "", "| request | scope | what | takes |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def asked(one: Operation) -> list[str]:
    """The names of what an operation takes, beside its path and its body."""
    names = [item.encode_name for item in msgspec.structs.fields(one.asks)]
    return [name for name in names if name != "body" and f"{{{name}}}" not in one.path]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHELVES:
        (folder / f"{name}.md").write_text(shelf(name), encoding="utf-8")
    (folder / "api.md").write_text(api(), encoding="utf-8")
    (folder / "commands.md").write_text(commands(), encoding="utf-8")


if __name__ == "__main__":
    main()
