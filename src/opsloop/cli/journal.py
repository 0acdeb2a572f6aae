"""The journal on the command line: init, log, list, show, search, resolve, link, import, archive, reindex."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from opsloop.cli.journals import origins, skipped
from opsloop.cli.verb import QUOTED, Answer, Lines, verb
from opsloop.errors import BadInput
from opsloop.model import AREAS, CATEGORIES, ENTRY_KINDS, PRIORITIES, SEVERITIES, STATUSES, origin_of
from opsloop.progress import quiet
from opsloop.spoken import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsloop.model import Kind
    from opsloop.verbs.workspace import Workspace

_SHOWN: Final = 60_000
"""Characters that are shown of an entry from outside."""
_TEXTS: Final = {
    "category": f"Learning: {' '.join(CATEGORIES)}.",
    "name": "Issue or feature: its name; made from the summary by default.",
    "priority": f"{' '.join(PRIORITIES)}.",
    "status": "pending by default.",
    "severity": f"{' '.join(SEVERITIES)}.",
    "area": f"{' '.join(AREAS)}.",
    "summary": "One line.",
    "details": "Full context.",
    "root_cause": "What in the system caused it.",
    "mitigation": "What restored service.",
    "prevention": "How to avoid it.",
    "suggested_action": "Runbook entry, automation, threshold, change.",
    "requested_capability": "Feature: what is needed.",
    "user_context": "Feature: why it is needed.",
    "complexity": "Feature: simple, medium or complex.",
    "suggested_implementation": "Feature: how it could be built.",
    "logged": "RFC 3339 time; now by default.",
    "id": "Only to keep an id from elsewhere.",
}
_LABELS: Final = {
    "service": "Service",
    "environment": "Environment",
    "source": "Source",
    "trigger": "Trigger",
    "tags": "Tags",
    "pattern_key": "Pattern-Key",
    "see_also": "See Also",
    "related_alerts": "Related Alerts",
}
"""Options that are written as metadata."""
_MAPS: Final = {"impact": "impact", "metric": "metrics", "metadata": "metadata"}


def _log_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name in reversed(_LABELS):
        command = click.option(f"--{name.replace('_', '-')}", help=f"Metadata: {_LABELS[name]}.")(command)
    for name in reversed(_MAPS):
        command = click.option(f"--{name}", multiple=True, metavar="LABEL=TEXT", help="May be repeated.")(command)
    for name in reversed(_TEXTS):
        command = click.option(f"--{name.replace('_', '-')}", help=_TEXTS[name])(command)
    return command


@click.command()
@click.option("--stacked", is_flag=True, help="Keep this skill's files in .learnings/operations/.")
@click.option("--gitignore", type=click.Choice(["local", "tracked", "hybrid"]), help="Keep entries out of git, or not.")
@verb
def init(ws: Workspace, *, stacked: bool, gitignore: Any) -> Answer:
    """Create .learnings/ and its files where they are missing; overwrite nothing, ever.

    --gitignore local ignores the folder, hybrid ignores the entries but keeps the folder, tracked ignores nothing.

    \b
    Example:
      opsloop init --gitignore local
    """
    from opsloop.verbs.init import init as run

    document = run(ws, stacked=stacked, gitignore=gitignore)
    lines = [f"{what:9} {path}" for what in ("created", "existing", "changed") for path in document[what]]
    return Answer(document=document, text="\n".join(lines))


@click.command()
@click.argument("kind", type=click.Choice(list(ENTRY_KINDS)))
@click.option("--from-json", metavar="FILE|-", help="Read the entry's JSON form; flags win over it.")
@click.option("--timeline", multiple=True, metavar="'HH:MM EVENT'", help="A row of the timeline; may be repeated.")
@click.option("--action-item", multiple=True, help="May be repeated.")
@_log_options
@verb
def log(ws: Workspace, kind: Kind, **given: Any) -> Answer:
    """Write a learning, an issue or a feature request. Secrets and internal names are masked first.

    \b
    Examples:
      opsloop log learning --category automation_gap --summary "Certificates are renewed by hand" --area automation
      opsloop log issue --name pool_exhaustion --severity P2 --service checkout --summary "Pool ran full at 02:00"
      opsloop log issue --from-json incident.json
    """
    from opsloop.verbs.log import log as run

    source = given.pop("from_json")
    record = {**(_read_json(source) if source else {}), **_record(given)}
    document = run(ws, kind, record)
    lines = [f"{document['id']}  {document['path']}"]
    if document["similar"]:
        lines.append(
            f"looks like {', '.join(document['similar'])}; 'opsloop link' connects entries that belong together"
        )
    elif document["similar"] is None:
        lines.append("not compared with the other entries: they are not indexed yet; 'opsloop reindex' does it")
    return Answer(document=document, text="\n".join(lines))


@click.command("list")
@click.option("--kind", help="learning, issue or feature.")
@click.option("--status", help=f"{' '.join(STATUSES)}.")
@click.option("--priority", help=_TEXTS["priority"])
@click.option("--severity", help=_TEXTS["severity"])
@click.option("--area", help=_TEXTS["area"])
@click.option("--category", help=f"{' '.join(CATEGORIES)}.")
@click.option("--service", help="The service that an entry names.")
@click.option("--pattern-key", help="The pattern that an entry records, such as capacity_issue.pool.")
@click.option("--since", metavar="TIME", help="Logged since then: a time, a date, or 30d.")
@click.option("--archived", is_flag=True, help="Archived entries too.")
@verb
def list_entries(ws: Workspace, **filters: Any) -> Answer:
    """List entries that match every filter.

    \b
    Example:
      opsloop list --status pending --severity P1
    """
    from opsloop.verbs.entries import list_entries as run

    document = run(ws, **filters)
    lines = [
        f"{entry['id']}  {entry['status'] or '-':11} {entry['priority'] or '-':8} {entry['severity'] or '  '}  "
        f"{entry['category' if entry['kind'] == 'learning' else 'name'] or '-'}: {_first_line(entry)}"
        for entry in document["entries"]
    ]
    notice = [QUOTED] if any(origin_of(entry["metadata"]) for entry in document["entries"]) else []
    return Answer(document=document, text=Lines([*notice, *lines, counted(len(lines), "entry", "entries")]))


@click.command()
@click.argument("entry_id", metavar="ID")
@click.option("--brief", is_flag=True, help="A few masked lines with the path, to pass on to another session.")
@verb
def show(ws: Workspace, entry_id: str, *, brief: bool) -> Answer:
    """Show one entry.

    \b
    Examples:
      opsloop show OPS-20260131-001
      opsloop show OPS-20260131-001 --brief
    """
    if brief:
        from opsloop.verbs.brief import brief as shorten

        document = shorten(ws, entry_id)
        return Answer(document=document, text=document["text"])
    from opsloop.markdown import render
    from opsloop.redact import quote_external
    from opsloop.verbs.entries import show as run
    from opsloop.verbs.merged import standing_for

    document = run(ws, entry_id)
    entry, path = ws.journal.get(entry_id), document["entries"][0]["path"]
    text = render(standing_for(entry, ws.journal)).rstrip().removesuffix("---").rstrip()
    if entry.origin:
        return Answer(document=document, text=quote_external(text, path, limit=_SHOWN))
    return Answer(document=document, text=f"{path}\n\n{text}")


@click.command()
@click.argument("text")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="At most that many, the best.")
@verb
def search(ws: Workspace, text: str, limit: int) -> Answer:
    """Find entries by their words.

    \b
    Example:
      opsloop search "connection pool"
    """
    from opsloop.verbs.entries import search as run

    document = run(ws, text, limit=limit)
    lines = [
        f"{place}{hit['id']}  {hit['text']}  ({hit['why']})"
        for place, hit in zip(origins(document["results"]), document["results"], strict=True)
    ]
    said = [QUOTED, *lines] if lines else ["nothing found"]
    return Answer(document=document, text="\n".join([*said, *skipped(document)]))


@click.command()
@click.argument("entry_id", metavar="ID")
@click.option("--notes", required=True, help="What was done; for wont_fix the reason and the risk.")
@click.option("--status", default="resolved", show_default=True, help="resolved, wont_fix, in_progress or pending.")
@click.option("--postmortem", default="", metavar="LINK", help="Link to the postmortem.")
@verb
def resolve(ws: Workspace, entry_id: str, **said: str) -> Answer:
    """Close an entry with what was done.

    \b
    Example:
      opsloop resolve OPS-20260131-001 --notes "Pool raised to 200, alert added"
    """
    from opsloop.verbs.resolve import resolve as run

    document = run(ws, entry_id, **said)
    return Answer(document=document, text=f"{document['id']}  {document['status']}")


@click.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@verb
def link(ws: Workspace, one: str, other: str) -> Answer:
    """Connect two entries: each names the other under See Also.

    \b
    Example:
      opsloop link OPS-20260131-001 LRN-20260110-002
    """
    from opsloop.verbs.link import link as run

    document = run(ws, one, other)
    return Answer(document=document, text=f"{one} <-> {other}")


@click.command()
@verb
def reindex(ws: Workspace) -> Answer:
    """Build the full-text index anew; it is otherwise kept up to date by itself.

    \b
    Example:
      opsloop reindex
    """
    from opsloop.verbs.reindex import reindex as run

    document = run(ws)
    return Answer(document=document, text=f"{counted(document['entries'], 'entry', 'entries')} indexed")


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@verb
def import_(ws: Workspace, folder: Path, *, dry_run: bool) -> Answer:
    """Take in learnings of other skills, Markdown postmortems and runbooks, PagerDuty and Opsgenie exports.

    Doing it again adds only what is new. The texts are cleaned, masked and marked with where they came from.

    \b
    Examples:
      opsloop import ../other-project/.learnings --dry-run
      opsloop import docs/postmortems
      opsloop import exports/pagerduty.csv
    """
    from opsloop.verbs.importing import import_folder as run

    document = run(ws, folder, dry_run=dry_run)
    lines = [f"{entry['id'] or 'new':17} {entry['title']}  <- {entry['origin']}" for entry in document["entries"]]
    lines += [f"skipped           {item['origin']}: {item['why']}" for item in document["skipped"]]
    done = "would be written" if dry_run else "written"
    known = document["duplicates"]
    lines.append(f"{len(document['entries'])} {done}, {known} {'was' if known == 1 else 'were'} there already")
    return Answer(document=document, text="\n".join(lines))


@click.command()
@click.option("--older-than-days", type=click.IntRange(0), default=0, help="Only what was closed so long ago.")
@click.option("--dry-run", is_flag=True, help="Only say what would be moved.")
@verb
def archive(ws: Workspace, *, older_than_days: int, dry_run: bool) -> Answer:
    """Move closed entries into a file a year; they stay searchable and can be shown.

    \b
    Example:
      opsloop archive --older-than-days 90
    """
    from opsloop.verbs.archive import archive as run

    document = run(ws, older_than_days=older_than_days, dry_run=dry_run)
    lines = [f"{entry['id']} -> {entry['path']}" for entry in document["entries"]]
    return Answer(document=document, text="\n".join(lines or ["nothing to archive"]))


def _read_json(source: str) -> dict[str, Any]:
    quiet()
    try:
        with click.open_file(source, encoding="utf-8") as file:
            record = json.load(file)
    except OSError as error:
        msg = f"--from-json {source}: {error.strerror}"
        raise BadInput(msg) from None
    except ValueError as error:
        msg = f"--from-json {'standard input' if source == '-' else source} is no JSON: {error}"
        raise BadInput(msg) from None
    if not isinstance(record, dict):
        msg = f"--from-json {source}: an entry is a JSON object"
        raise BadInput(msg)
    return record


def _record(given: dict[str, Any]) -> dict[str, Any]:
    """Flags -> the entry's JSON form, only what was given."""
    record: dict[str, Any] = {name: given[name] for name in _TEXTS if given[name]}
    for option, name in _MAPS.items():
        if given[option]:
            record[name] = dict(_labelled(option, text) for text in given[option])
    labels = {label: given[name] for name, label in _LABELS.items() if given[name]}
    if labels:
        record["metadata"] = {**labels, **record.get("metadata", {})}
    if given["timeline"]:
        record["timeline"] = [list(row.partition(" ")[::2]) for row in given["timeline"]]
    if given["action_item"]:
        record["action_items"] = list(given["action_item"])
    return record


def _labelled(option: str, text: str) -> tuple[str, str]:
    label, equals, value = text.partition("=")
    if not equals or not label.strip():
        msg = f"--{option} {text!r} is not of the form LABEL=TEXT"
        raise BadInput(msg)
    return label.strip(), value.strip()


def _first_line(entry: dict[str, Any]) -> str:
    """What it is about; as a quotation where it came from outside."""
    from opsloop.targets import quoting

    text = entry["summary"] or entry["requested_capability"] or next(iter(entry["extra_sections"].values()), "")
    line = str(text).partition("\n")[0]
    return quoting.quoted(line) if origin_of(entry["metadata"]) else line
