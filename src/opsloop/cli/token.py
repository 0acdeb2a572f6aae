"""``token``: who may use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opsloop.cli.verb import Answer, verb
from opsloop.verbs import token as verbs

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.group("token")
def token() -> None:
    """Tokens for the API and the pages: make, list, revoke."""


@token.command("create")
@click.option("--scope", type=click.Choice(verbs.SCOPES), default="read", show_default=True, help="What it allows.")
@click.option("--name", default="", help="Whose it is; for the list.")
@verb
def create(ws: Workspace, scope: str, name: str) -> Answer:
    """Make a token and show it, this once.

    \b
    Example:
      opsloop token create --scope approve --name "on-call laptop"
    """
    made = verbs.create(ws, scope=scope, name=name)
    return Answer(document=made, text=f"{made['token']}\n(id {made['id']}, scope {scope}; it is not shown again)")


@token.command("list")
@verb
def list_tokens(ws: Workspace) -> Answer:
    """Show which tokens there are; never the tokens themselves.

    \b
    Example:
      opsloop token list
    """
    found = verbs.tokens(ws)
    lines = [f"{one['id']}  {one['scope']:<7}  {one['created_at']}  {one['name']}" for one in found["tokens"]]
    return Answer(
        document=found, text="\n".join(lines) or "no tokens; over loopback everybody on this machine may read"
    )


@token.command("revoke")
@click.argument("id_", metavar="ID")
@verb
def revoke(ws: Workspace, id_: str) -> Answer:
    """End a token, at once.

    \b
    Example:
      opsloop token revoke 1f3a90c2
    """
    done = verbs.revoke(ws, id_)
    return Answer(document=done, text=f"{id_} is revoked")
