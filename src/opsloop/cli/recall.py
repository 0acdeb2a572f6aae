"""Commands that find what is known: recall, similar; and that fold patterns: merge, split, rename-pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.verb import Answer, verb

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command()
@click.argument("text")
@click.option("--top", type=click.IntRange(1, 50), default=3, show_default=True, help="At most this many entries.")
@click.option("--budget-tokens", type=click.IntRange(10), help="What their texts may cost together.")
@click.option("--service", help="The service that shows the symptom.")
@click.option("--pattern-key", help="The pattern that was seen.")
@verb
def recall(ws: Workspace, text: str, **options: Any) -> Answer:
    """Find the few learnings that fit a symptom; say nothing when none does.

    \b
      opsloop recall "checkout times out while the connection pool is full"
    """
    from opsloop.verbs.recall import recall as run

    document = run(ws, text, **options)
    lines = [f"{hit['id']}  {hit['score']:.2f}  {hit['text']}\n    {hit['why']}" for hit in document["results"]]
    return Answer(document=document, text="\n".join(lines) or "nothing known that fits")
