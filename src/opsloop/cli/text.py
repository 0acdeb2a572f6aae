"""Commands over text from standard input: classify, redact."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from opsloop.cli.verb import Answer, verb
from opsloop.progress import quiet

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command()
@click.option("--command", metavar="TEXT", help="The command that printed it.")
@click.option("--exit-code", type=int, metavar="N", help="The exit code it ended with.")
@verb
def classify(ws: Workspace, command: str | None, exit_code: int | None) -> Answer:
    """Judge tool output from standard input: is it an operational problem?

    \b
    Examples:
      kubectl get pods | opsloop classify
      make deploy 2>&1 | opsloop classify --command "make deploy" --exit-code 2
    """
    from opsloop.verbs.classify import classify as run

    document = run(ws, _standard_input(), command=command, exit_code=exit_code)
    if not document["operational"]:
        return Answer(document=document, text="no operational problem")
    return Answer(document=document, text="{severity} {pattern_key}: {matched}".format(**document))


@click.command()
@verb
def redact(ws: Workspace) -> Answer | None:
    """Copy standard input to standard output with secrets and internal names masked.

    \b
    Example:
      opsloop redact < postmortem.md > public.md
    """
    from opsloop.verbs.redact import redact as run

    document = run(ws, _standard_input())
    if _wants_json():
        return Answer(document=document)
    click.echo(document["text"], nl=False)
    return None


def _standard_input() -> str:
    quiet()
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _wants_json() -> bool:
    """A filter prints exactly what came in, masked: no line feed of its own."""
    ctx = click.get_current_context()
    return bool(ctx.params.get("as_json") or (ctx.find_root().obj or {}).get("as_json"))
