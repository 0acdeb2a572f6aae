"""``pull``: history from the tools that can be asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

import click

from opsloop.cli.verb import Answer, verb

if TYPE_CHECKING:
    from opsloop.sources.pulling import Page
    from opsloop.verbs.workspace import Workspace


@click.command("pull")
@click.argument("source")
@click.option("--url", metavar="URL", help="Where the server is; else url in [sources.SOURCE] of opsloop.toml.")
@click.option("--repository", "repositories", metavar="OWNER/NAME", multiple=True, help="github: what to ask for.")
@click.option(
    "--since", metavar="TIME", help="Ask again from this RFC 3339 time on; default: where the last pull ended."
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
    with _Progress() as progress:
        done = run(ws, source, since=since, options=options, report=progress.show)
    lines = [f"{done['accepted']} accepted, {done['duplicates']} known already, {done['pages']} pages"]
    lines += [f"note: {note}" for note in done["notes"]]
    return Answer(document=done, text="\n".join(lines))


class _Progress:
    """A bar on a terminal's stderr; nothing where stderr goes elsewhere."""

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
        )
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
        self._task = self._bar.add_task("asking", total=1.0)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, page: Page) -> None:
        """Move on to where a stored page stands."""
        self._bar.update(self._task, completed=page.done, description=page.label)
