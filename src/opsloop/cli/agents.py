"""``agents``, ``hook`` and ``mcp``: opsloop inside agent clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.verb import Answer, verb

if TYPE_CHECKING:
    from opsloop.clients.place import By, Scope
    from opsloop.verbs.workspace import Workspace

_SCOPE = click.option("--scope", type=click.Choice(["project", "user"]), help="Whose settings; default: the project's.")
_YES = click.option("--yes", is_flag=True, help="Write the files; without it the diff is only shown.")


@click.group()
def agents() -> None:
    """Hooks for agent clients: claude-code, codex, copilot, gemini, openclaw."""


@agents.command()
@click.argument("client")
@_SCOPE
@click.option(
    "--by", type=click.Choice(["hooks", "instructions"]), default="hooks", help="How the client learns of us."
)
@_YES
@verb
def install(ws: Workspace, client: str, scope: Scope | None, by: By, *, yes: bool) -> Answer:
    """Add the hooks to the client's settings, and touch nothing else in them.

    \b
    Examples:
      opsloop agents install claude-code               shows the diff
      opsloop agents install claude-code --yes         writes it
      opsloop agents install codex --by instructions   a marked block in AGENTS.md instead
    """
    from opsloop.verbs import agents as run

    return _answer(run.install(ws, client, scope=scope, by=by, write=yes), "installed")


@agents.command()
@click.argument("client")
@_SCOPE
@_YES
@verb
def uninstall(ws: Workspace, client: str, scope: Scope | None, *, yes: bool) -> Answer:
    """Take out exactly what install put in.

    \b
    Example:
      opsloop agents uninstall claude-code --yes
    """
    from opsloop.verbs import agents as run

    return _answer(run.uninstall(ws, client, scope=scope, write=yes), "uninstalled")


@agents.command()
@click.argument("client", required=False)
@verb
def status(ws: Workspace, client: str | None) -> Answer:
    """What is installed where.

    \b
    Example:
      opsloop agents status codex
    """
    from opsloop.verbs import agents as run

    document = run.status(ws, client)
    row = "{client:12} {scope:8} hooks {hooks:10} instructions {instructions}".format_map
    problems = dict.fromkeys(group["problem"] for group in document["groups"] if group["problem"])
    return Answer(document=document, text="\n".join([*map(row, document["groups"]), *problems]))


@agents.command()
@click.argument("entry_id", metavar="ID")
@verb
def flag(ws: Workspace, entry_id: str) -> Answer:
    """Mark an entry as flagged by the user: worth a skill, or keeps happening.

    \b
    Example:
      opsloop agents flag OPS-20250415-001
    """
    from opsloop.verbs.mark import flag as run

    document = run(ws, entry_id)
    return Answer(document=document, text=f"{document['id']} is marked as user-flagged")


def _answer(document: dict[str, Any], done: str) -> Answer:
    if not document["changed"]:
        return Answer(document=document, text=f"{document['client']}: nothing to change")
    files = "\n".join(f"  {path}" for path in document["changed"])
    ending = f"{done}:\n{files}" if document["written"] else "nothing written; add --yes to write this"
    return Answer(document=document, text=f"{document['diff']}\n{ending}")


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option("--client", default="claude-code", help="Who calls: one of the clients of 'opsloop agents'.")
@click.pass_context
def hook(ctx: click.Context, /, client: str) -> None:
    """What an agent client runs on every prompt and tool call; reads its JSON on stdin.

    Installed hooks run hook.py directly, which is faster; this becomes that process.

    \b
    Example:
      opsloop hook --client codex < event.json
    """
    import os
    import sys
    from pathlib import Path

    import opsloop

    here = str(Path(opsloop.__file__).with_name("hook.py"))
    common = {name: value for name, value in (ctx.find_root().obj or {}).items() if name in ("root", "now") and value}
    options = [word for name, value in common.items() for word in (f"--{name}", str(value))]
    words = [sys.executable, "-I", "-S", here, "--client", client, *options, *ctx.args]
    os.execv(words[0], words)  # noqa: S606 - no shell is wanted


@click.command()
@verb
def mcp(ws: Workspace) -> None:
    """Serve the verbs as MCP tools on stdin and stdout.

    \b
    Example:
      claude mcp add opsloop -- opsloop mcp
    """
    from opsloop.mcp_server import serve
    from opsloop.progress import quiet

    quiet()
    serve(ws)
