"""``serve``: the receiver, the API and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opsloop.cli.verb import verb
from opsloop.errors import MissingExtra
from opsloop.progress import quiet

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8642, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@verb
def serve(ws: Workspace, host: str, port: int) -> None:
    """Take in webhooks and show what they came to; seal, detect and verify in the background.

    Listens on loopback. Any other address needs a secret for at least one source (secret_env in opsloop.toml).

    \b
    Examples:
      opsloop serve
      opsloop serve --host 0.0.0.0 --port 8642
    """
    try:
        from opsloop.web.server import run
    except ImportError as error:
        raise MissingExtra("serve", "serve") from error
    quiet()
    run(ws.root, host, port)
