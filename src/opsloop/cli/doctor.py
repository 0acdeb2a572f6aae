"""``doctor``: is this set-up sound?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opsloop.cli.verb import Answer, verb

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command()
@verb
def doctor(ws: Workspace) -> Answer:
    """Find what is broken in the journal, the stores, the sources and the agents' hooks.

    Exits with 1 when something was found.

    \b
    Example:
      opsloop doctor
    """
    from opsloop.verbs.doctor import doctor as run

    document = run(ws)
    problems = document["problems"]
    lines = [f"{item['where']}: {item['what']}\n    -> {item['fix']}" for item in problems]
    lines.append(f"{document['checks']} checks, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return Answer(document=document, text="\n".join(lines), exit_code=1 if problems else 0)
