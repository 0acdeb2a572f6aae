"""``detect`` and ``backtest``: patterns in the signals, now and in the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.completion import names_of
from opsloop.cli.verb import Answer, verb
from opsloop.model import asked_time
from opsloop.spoken import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.verbs.workspace import Workspace


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be found; write nothing.")
@click.option("--since", metavar="TIME", help="Only patterns that showed at or after this time: RFC 3339, or a date.")
@click.option("--engine", metavar="E", help="duckdb, spark://host:port or spark-local[N]; default: as configured.")
@click.option(
    "--detector",
    "only",
    metavar="D",
    multiple=True,
    shell_complete=names_of("detectors"),
    help="Only this one (repeatable); default: all.",
)
@verb
def detect(ws: Workspace, *, dry_run: bool, since: str | None, engine: str | None, only: tuple[str, ...]) -> Answer:
    """Find patterns in the stored signals and keep each as one learning.

    A known pattern updates its entry; running it twice changes nothing.

    \b
    Examples:
      opsloop detect --dry-run
      opsloop detect --since 2026-01-31T00:00:00Z
    """
    from opsloop.verbs.detect import detect as run

    document = run(ws, dry_run=dry_run, since=asked_time(since) if since else None, engine=engine, only=only)
    return Answer(document=document, text="\n".join(_lines(document, dry_run=dry_run)))


def _lines(document: Mapping[str, Any], *, dry_run: bool) -> list[str]:
    lines = []
    for finding in document["findings"]:
        lines += [
            f"{finding['entry_id'] or '(new)':<18}{finding['priority']:<9}{finding['summary']}",
            f"{'':18}{finding['state']}; {finding['detector']}: {finding['metrics']['definition']}",
            f"{'':18}{counted(finding['count'], 'signal')}, such as {', '.join(finding['evidence'][-2:])}",
        ]
    states = [finding["state"] for finding in document["findings"]]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "nothing found"
    lines += [f"{counted(item['count'], 'signal')} not used: {item['reason']}" for item in document["unusable"]]
    unwritten = " Nothing was written (--dry-run)." if dry_run else ""
    lines.append(f"{counted(len(states), 'pattern')}: {told}.{unwritten}")
    if "returned" in states:
        lines.append("Returned patterns were closed before: 'opsloop verify' says whether their fix worked.")
    return lines


@click.command()
@click.option("--detector", metavar="D", shell_complete=names_of("detectors"), help="Only this one; default: all.")
@click.option("--set", "assignments", metavar="K=V", multiple=True, help="Try another threshold (repeatable).")
@click.option("--days", default=90, show_default=True, help="How many days back.")
@verb
def backtest(ws: Workspace, *, detector: str | None, assignments: tuple[str, ...], days: int) -> Answer:
    """Replay detectors over the past, day by day, never looking ahead; nothing is written.

    \b
    Examples:
      opsloop backtest
      opsloop backtest --detector alert_fatigue --set max_episodes_per_day=20
      opsloop backtest --set mttr-exceeded.p1_hours=2
    """
    from opsloop.verbs.backtest import backtest as run

    document = run(ws, detector=detector, assignments=assignments, days=days)
    lines = [f"{'detector':<26}{'patterns':>9}{'days':>6}  services"]
    for result in sorted(document["results"], key=lambda one: -one["days"]):
        services = ", ".join(result["services"][:4]) + (" ..." if len(result["services"]) > 4 else "")
        lines.append(f"{result['detector']:<26}{result['findings']:>9}{result['days']:>6}  {services}")
    lines.append(f"replayed {document['from']} to {document['to']}, each day with what was known at its end")
    return Answer(document=document, text="\n".join(lines))
