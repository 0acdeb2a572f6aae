"""What happened: taking signals in, looking at them, sealing them."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from opsloop.cli.completion import names_of
from opsloop.cli.verb import Answer, verb
from opsloop.errors import BadInput, NotFound, OutsideFailed
from opsloop.progress import quiet
from opsloop.verbs.ingest import ingest as ingest_
from opsloop.verbs.seal import seal as seal_
from opsloop.verbs.signals import signals as signals_

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command("ingest")
@click.argument("source", shell_complete=names_of("sources"))
@click.argument("file")
@click.option("--timezone", metavar="ZONE", help="What times without an offset mean, such as Europe/Berlin.")
@verb
def ingest(ws: Workspace, source: str, file: str, timezone: str | None) -> Answer:
    """Take in FILE (or - for standard input): signals, cdevents, csv, or what SOURCE posts to a webhook.

    A file with one document a line is read line by line; bad lines are reported and the rest goes in.

    \b
    Examples:
      opsloop ingest alertmanager notification.json
      kubectl get events -A -o json | opsloop ingest kubernetes -
      opsloop ingest csv incidents.csv --timezone Europe/Berlin
    """
    with _open(file) as stream:
        done = ingest_(ws, source, stream, timezone=timezone)
    lines = [
        f"{done['accepted']} accepted, {done['duplicates']} known already, {done['ignored']} without a meaning here"
    ]
    lines += [f"line {bad['line']}: {bad['error']}" for bad in done["rejected"]]
    lines += [f"note: {note}" for note in done["notes"]]
    return Answer(document=done, text="\n".join(lines), failure=_failure(file, done))


def _failure(file: str, done: dict[str, Any]) -> BadInput | None:
    """Nothing of the file was any good."""
    if not done["rejected"] or done["accepted"] or done["duplicates"]:
        return None
    first = done["rejected"][0]
    return BadInput(f"{file}: nothing in it can be taken in; line {first['line']}: {first['error']}")


@click.command("signals")
@click.option("--kind", metavar="K", help="alert, incident, deployment, ...")
@click.option("--source", metavar="S", help="Only what came from there: prometheus, pagerduty, ...")
@click.option("--service", metavar="S", help="Only that service.")
@click.option("--since", metavar="TIME", help="From this time on: RFC 3339, or a date.")
@click.option("--limit", metavar="N", type=int, help="At most that many, the oldest.")
@click.option("--cursor", metavar="C", help="next_cursor of the page before.")
@verb
def signals(ws: Workspace, **filters: Any) -> Answer:
    """Show what is stored, oldest first.

    \b
    Examples:
      opsloop signals --kind incident --since 2026-01-31T00:00:00Z
      opsloop signals --service checkout --limit 20
    """
    found = signals_(ws, **filters)
    lines = [
        f"{signal['at']}  {signal['kind']:<11} {signal['status']:<12} {signal['severity'] or '-':<2}  "
        f"{signal['service'] or '-'}  {signal['name'] or signal['summary'] or signal['id']}"
        for signal in found["signals"]
    ]
    if found["next_cursor"]:
        lines.append(f"more: --cursor {found['next_cursor']}")
    return Answer(document=found, text="\n".join(lines) or "nothing stored that fits")


@click.command("seal")
@click.option("--older-than-hours", type=float, metavar="H", help="Only what was received that long ago; default: all.")
@click.option("--compact", is_flag=True, help="Then merge the lake's small files, day by day.")
@click.option("--min-files", type=click.IntRange(2), default=2, show_default=True, help="Merge days with that many.")
@click.option("--only-own", is_flag=True, help="Merge only what this store sealed; others merge theirs.")
@verb
def seal(ws: Workspace, **options: Any) -> Answer:
    """Move signals to the lake: Parquet files by day, in the folder or object store of [store] lake.

    Any number of receivers may seal and compact one lake at once. A merged file takes the place of the small ones
    the moment it appears; those are deleted by a later run, [store] keep_replaced_hours afterwards.

    \b
    Examples:
      opsloop seal
      opsloop seal --older-than-hours 24 --compact
    """
    done = seal_(ws, **options)
    text = f"{done['rows']} signals sealed into {len(done['files'])} files"
    if compacted := done.get("compacted"):
        merged, files, deleted = (len(compacted[name]) for name in ("merged", "files", "deleted"))
        text += f"\n{merged} files merged into {files}; {deleted} replaced ones deleted"
    return Answer(document=done, text=text)


def _open(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        if sys.stdin.isatty():
            quiet()
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except FileNotFoundError:
        raise NotFound("file", file) from None
    except OSError as error:
        message = f"{file}: {error.strerror}"
        raise OutsideFailed(message) from None
