"""From learning to proof: promote, verify, review, handoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.completion import names_of
from opsloop.cli.journals import skipped
from opsloop.cli.verb import Answer, verb
from opsloop.errors import Conflict
from opsloop.spoken import counted, p_value, short_time

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option(
    "--to",
    "target",
    metavar="TARGET",
    shell_complete=names_of("targets"),
    help="runbook, postmortem, backlog, capacity, handoff, slo, agents, tools or skill.",
)
@click.option("--candidates", is_flag=True, help="Who qualifies, why, and what is still missing.")
@click.option("--yes", is_flag=True, help="Write the files and mark the entries.")
@click.option("--dry-run", is_flag=True, help="Only show the diff (the default without --yes).")
@click.option("--git-branch", metavar="BRANCH", help="With --yes: on a new branch with one commit, not here.")
@click.option("--name", metavar="NAME", help="Name of a skill.")
@click.option("--slo", metavar="NAME", help="Which declared SLO.")
@click.option("--reject", is_flag=True, help="Don't propose this again until there is new evidence.")
@click.option("--reason", metavar="TEXT", default="", help="Why it was rejected.")
@verb
def promote(ws: Workspace, ids: tuple[str, ...], target: str | None, **options: Any) -> Answer:
    """Turn learnings into files of the project, as a diff first.

    \b
    Examples:
      opsloop promote --candidates
      opsloop promote OPS-20260131-001 --to runbook
      opsloop promote OPS-20260131-001 --to runbook --yes --git-branch runbook-pool
      opsloop promote LRN-20260131-002 --to skill --name renew-certificates --dry-run
      opsloop promote LRN-20260131-003 --to agents --reject --reason "one team only"
    """
    from opsloop.verbs import promote as run

    if options["candidates"]:
        from opsloop.verbs.candidates import candidates

        document = candidates(ws)
        return Answer(document=document, text=_candidates(document))
    if target is None:
        msg = "to what? name a target with --to, or look at --candidates"
        raise click.UsageError(msg)
    if options["yes"] and options["dry_run"]:
        msg = "--yes and --dry-run contradict each other"
        raise click.UsageError(msg)
    if options["reject"]:
        document = run.reject(ws, ids, target, options["reason"])
        return Answer(
            document=document, text=f"not proposed for {target} until there is new evidence: {', '.join(ids)}"
        )
    document = run.promote(
        ws, ids, target, write=options["yes"], branch=options["git_branch"], name=options["name"], slo=options["slo"]
    )
    return Answer(document=document, text=_promotion(document), failure=_conflict(document))


def _conflict(document: dict[str, Any]) -> Conflict | None:
    if document["status"] != "conflict":
        return None
    paths = ", ".join(one["path"] for one in document["files"] if one["status"] == "conflict")
    message = f"{paths}: your edits and the new text change the same lines; bring them together, then again"
    return Conflict(message)


def _promotion(document: dict[str, Any]) -> str:
    lines = [document["diff"].rstrip("\n") or "nothing changes in the files"]
    lines += [f"open question: {ask}" for ask in document["questions"]]
    entries = ", ".join(document["entries"])
    if document["status"] == "proposed":
        lines.append(f"\nNothing is written yet. --yes writes this and marks {entries}.")
    elif document["status"] != "conflict":
        where = f" on branch {document['branch']}" if "branch" in document else ""
        lines.append(f"\n{entries}: {document['status']}{where}. 'opsloop verify' will say whether it helped.")
    return "\n".join(lines)


def _candidates(document: dict[str, Any]) -> str:
    if not document["results"]:
        return "nothing qualifies for promotion now"
    lines = []
    for one in document["results"]:
        lines.append(f"{one['id']} -> {one['target']}: {one['summary']}")
        lines += [f"    {_plain(each['criterion'])}: {each['evidence']}" for each in one["criteria"]]
        lines += [f"    missing: {ask}" for ask in one["missing"]]
    return "\n".join(lines)


@click.command()
@click.argument("entry_id", metavar="[ID]", required=False)
@verb
def verify(ws: Workspace, entry_id: str | None) -> Answer:
    """Say whether each promoted or resolved pattern became rarer, with interval and p.

    \b
    Examples:
      opsloop verify
      opsloop verify OPS-20260131-001
    """
    from opsloop.verbs.verify import verify as run

    document = run(ws, entry_id)
    return Answer(document=document, text=_verdicts(document))


def _verdicts(document: dict[str, Any]) -> str:
    if not document["verdicts"]:
        return "nothing was promoted or resolved yet"
    lines = [document["definition"], ""]
    for one in document["verdicts"]:
        before, after = one["before"], one["after"]
        lines.append(
            f"{one['id']}: {_plain(one['decision'])}" + (f" ({_plain(one['reason'])})" if one["reason"] else "")
        )
        lines.append(
            f"    before {before['count']} in {before['days']:.0f} days, after {after['count']} in {after['days']:.0f}"
        )
        if one["ratio"] is not None:
            low, high = (f"{one[end]:.2g}" if one[end] is not None else "?" for end in ("ci_low", "ci_high"))
            chance = f", fell with probability {_chance(one['p_fell'])}" if one["p_fell"] is not None else ""
            lines.append(f"    rate ratio {one['ratio']:.2g} (95% {low} to {high}), {p_value(one['p_value'])}{chance}")
        if one["days_needed"]:
            lines.append(f"    a true halving would show after {counted(round(one['days_needed']), 'more day')}")
        if saved := one["toil_saved_h_per_year"]:
            span = f"{saved['low']:.0f} to {saved['high']:.0f}"
            lines.append(f"    toil saved: {saved['estimate']:.0f} hours a year ({span})")
        lines.append(f"    judged on {', '.join(look[:10] for look in one['looks']) or 'no day yet: none is planned'}")
        lines += [f"    {note}" for note in one["notes"]]
    return "\n".join(lines)


@click.command()
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@verb
def review(ws: Workspace, *, markdown: bool) -> Answer:
    """Show what needs attention now, and remember that a review was held.

    \b
    Examples:
      opsloop review
      opsloop review --markdown > review.md
    """
    from opsloop.verbs.review import review as run

    document = run(ws, remember=True)
    last = short_time(document["last_review"]) if document["last_review"] else "never"
    return Answer(document=document, text=_brief(document, f"Review (the last one: {last})", markdown=markdown))


@click.command()
@click.option("--shift-start", metavar="TIME", help="Default: 12 hours before the end.")
@click.option("--shift-end", metavar="TIME", help="Default: now.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@verb
def handoff(ws: Workspace, shift_start: str | None, shift_end: str | None, *, markdown: bool) -> Answer:
    """Write the brief for the next person on call.

    \b
    Examples:
      opsloop handoff
      opsloop handoff --shift-start 2026-01-31T08:00:00Z --shift-end 2026-01-31T20:00:00Z --markdown
    """
    from opsloop.model import asked_time
    from opsloop.verbs.handoff import handoff as run

    start, end = (asked_time(text) if text else None for text in (shift_start, shift_end))
    document = run(ws, start=start, end=end)
    heading = f"On-call hand-off, {short_time(document['from'])} to {short_time(document['to'])} UTC"
    return Answer(document=document, text=_brief(document, heading, markdown=markdown))


def _chance(p: float) -> str:
    """Nothing is certain."""
    return "over 0.99" if p > 0.995 else "below 0.01" if p < 0.005 else f"{p:.2f}"


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _brief(document: dict[str, Any], heading: str, *, markdown: bool) -> str:
    """Sections as text, or as Markdown with a checklist of what is to be verified."""
    lines = [f"# {heading}" if markdown else heading]
    for section in document["sections"]:
        title = section["title"]
        lines += ["", f"## {title}", ""] if markdown else ["", f"{title}:"]
        mark = "- [ ] " if markdown and section["name"] == "verify_first" else "- "
        lines += [mark + str(item["text"]) for item in section["items"]] or ["nothing" if markdown else "  nothing"]
    return "\n".join([*lines, *skipped(document)])
