"""Standing for words that came from outside: adopt, disown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from opsloop.cli.verb import Answer, verb

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace

_SHOWN: Final = 60_000
"""Characters that are shown of an entry."""
_DOORS: Final = {"import": "an imported file", "detector": "what tools reported"}


@click.command()
@click.argument("entry_id", metavar="ID")
@click.option("--by", metavar="NAME", default="", help="With --yes: who stands for the words.")
@click.option("--yes", is_flag=True, help="Write it down; without it the words are only shown.")
@verb
def adopt(ws: Workspace, entry_id: str, *, by: str, yes: bool) -> Answer:
    """Stand for the words of an entry that came from outside: promoted files then repeat them as yours.

    For people: shows the words first and writes nothing without --yes; `disown ID` takes it back.

    \b
    Examples:
      opsloop adopt OPS-20260131-001
      opsloop adopt OPS-20260131-001 --by "Dana" --yes
    """
    from opsloop.verbs.adopt import adopt as run
    from opsloop.verbs.adopt import adoption

    if not yes:
        document = adoption(ws, entry_id)
        return Answer(document=document, text=_proposal(document))
    document = run(ws, entry_id, by=by)
    return Answer(document=document, text=f"{entry_id}: {document['by']} stands for its words from now on")


@click.command()
@click.argument("entry_id", metavar="ID")
@verb
def disown(ws: Workspace, entry_id: str) -> Answer:
    """Take an adoption back: the words of the entry are only quoted again.

    \b
    Example:
      opsloop disown OPS-20260131-001
    """
    from opsloop.verbs.adopt import disown as run

    document = run(ws, entry_id)
    return Answer(document=document, text=f"{entry_id}: nobody stands for its words now; they are quoted again")


def _proposal(document: dict[str, Any]) -> str:
    from opsloop.redact import quote_external

    entry_id = document["id"]
    lines = [quote_external(document["text"], document["path"], limit=_SHOWN), ""]
    lines.append(f"From {_DOORS[document['from']]}. Adopted, these words are repeated in promoted files as a person's.")
    if document["suspicious"]:
        lines.append(f"Careful: it {document['suspicious']}.")
    lines.append(f'nothing was written; a person who stands for them: opsloop adopt {entry_id} --by "NAME" --yes')
    return "\n".join(lines)
