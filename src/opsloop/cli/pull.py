"""``pull``: history from the tools that can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.completion import names_of
from opsloop.cli.verb import Answer, verb
from opsloop.progress import tell

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command("pull")
@click.argument("source", shell_complete=names_of("sources"))
@click.option("--url", metavar="URL", help="Where the server is; else url in [sources.SOURCE] of opsloop.toml.")
@click.option("--repository", "repositories", metavar="OWNER/NAME", multiple=True, help="github: what to ask for.")
@click.option(
    "--since",
    metavar="TIME",
    help="Ask again from then on (RFC 3339, a date); default: where the last pull ended.",
)
@verb
def pull(ws: Workspace, source: str, url: str | None, repositories: tuple[str, ...], since: str | None) -> Answer:
    """Take in the history of prometheus, alertmanager, github or pagerduty: what is new since the last pull.

    Credentials come from the environment (PROMETHEUS_TOKEN, ALERTMANAGER_TOKEN, GITHUB_TOKEN, PAGERDUTY_TOKEN) or the
    file named by token_file in opsloop.toml, never from an argument. It can be interrupted at any time.

    \b
    Examples:
      opsloop pull prometheus --url http://prometheus:9090
      opsloop pull github --repository shop/checkout
    """
    from opsloop.verbs.pull import pull as run

    options: dict[str, Any] = {"url": url} if url else {}
    if repositories:
        options["repositories"] = list(repositories)
    done = run(ws, source, since=since, options=options, report=lambda page: tell(page.done, page.label))
    lines = [f"{done['accepted']} accepted, {done['duplicates']} known already, {done['pages']} pages"]
    lines += [f"note: {note}" for note in done["notes"]]
    return Answer(document=done, text="\n".join(lines))
