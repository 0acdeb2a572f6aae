"""Commands that find what is known: recall, similar; and that fold patterns: merge, split, rename-pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.journals import origins, skipped
from opsloop.cli.verb import QUOTED, Answer, verb

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
    lines = [
        f"{place}{hit['id']}  {hit['score']:.2f}  {hit['text']}\n    {hit['why']}"
        for place, hit in zip(origins(document["results"]), document["results"], strict=True)
    ]
    said = [QUOTED, *lines] if lines else ["nothing known that fits"]
    return Answer(document=document, text="\n".join([*said, *skipped(document)]))


@click.command()
@click.argument("entry_id", metavar="ID")
@click.option("--top", type=click.IntRange(1, 50), default=5, show_default=True, help="At most this many entries.")
@verb
def similar(ws: Workspace, entry_id: str, top: int) -> Answer:
    """Propose entries that may be the same pattern, with the reason; nothing is changed.

    \b
      opsloop similar OPS-20260202-001
    """
    from opsloop.verbs.patterns import similar as run

    document = run(ws, entry_id, top=top)
    lines = [
        "{id}  {score:.2f} (next is {margin:.2f} lower)  {proposal}: {text}\n    {why}".format(**hit)
        for hit in document["results"]
    ]
    return Answer(document=document, text="\n".join([QUOTED, *lines]) if lines else f"nothing like {entry_id}")


@click.command()
@click.argument("keep", metavar="ID")
@click.argument("fold", metavar="OTHER_ID")
@verb
def merge(ws: Workspace, keep: str, fold: str) -> Answer:
    """Let ID stand for the pattern of OTHER_ID too; `split OTHER_ID` takes it back.

    \b
      opsloop merge OPS-20260202-001 OPS-20260209-003
    """
    from opsloop.verbs.patterns import merge as run

    document = run(ws, keep, fold)
    return Answer(document=document, text=f"{fold} is now part of {keep} ({document['pattern_key']})")


@click.command()
@click.argument("fold", metavar="ID")
@verb
def split(ws: Workspace, fold: str) -> Answer:
    """Take the merge of ID back: it has its own pattern key again.

    \b
      opsloop split OPS-20260209-003
    """
    from opsloop.verbs.patterns import split as run

    document = run(ws, fold)
    return Answer(document=document, text=f"{fold} stands for itself again ({document['pattern_key'] or 'no pattern'})")


@click.command(name="rename-pattern")
@click.argument("old")
@click.argument("new")
@verb
def rename_pattern(ws: Workspace, old: str, new: str) -> Answer:
    """Rename the pattern key OLD to NEW in every entry; the old key stays an alias.

    \b
      opsloop rename-pattern incident_pattern.pool incident_pattern.pool_exhausted
    """
    from opsloop.verbs.patterns import rename_pattern as run

    document = run(ws, old, new)
    return Answer(document=document, text=f"{new}: {', '.join(document['ids'])}")
