"""``metrics``: figures with their definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.figures import Report
from opsloop.cli.verb import Answer, verb
from opsloop.model import asked_time
from opsloop.verbs.metrics import FAMILIES
from opsloop.verbs.metrics import metrics as metrics_

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


@click.command("metrics")
@click.argument("family", type=click.Choice(FAMILIES))
@click.option("--service", metavar="S", help="Only this service.")
@click.option("--from", "start", metavar="TIME", help="First moment (RFC 3339, a date); default: 30 days before --to.")
@click.option("--to", "end", metavar="TIME", help="First moment that no longer counts; default: now.")
@click.option("--by", type=click.Choice(["service", "week"]), help="One group each; weeks begin on Mondays (UTC).")
@click.option("--chart", metavar="FILE", help="Draw a picture too: .svg or .png by the name.")
@click.option("--threshold", "thresholds", metavar="NAME=RATIO", multiple=True, help="For capacity, such as cpu=0.85.")
@verb
def metrics(ws: Workspace, family: str, start: str | None, end: str | None, chart: str | None, **asked: Any) -> Answer:
    """Compute DORA, incident, SLO, toil, alert or capacity figures.

    \b
    Examples:
      opsloop metrics dora --by week
      opsloop metrics slo --service checkout
      opsloop metrics alerts --chart alerts.svg
      opsloop metrics capacity --threshold cpu=0.8
    """
    asked |= {"start": asked_time(start) if start else None, "end": asked_time(end) if end else None}
    document = metrics_(ws, family, **asked)
    if chart is None:
        return Answer(document=document, text=Report(family, document))
    from opsloop.verbs.chart import chart as draw

    drawn = draw(ws, family, Path(chart), **asked)
    return Answer(document=document | {"chart": drawn["chart"]}, text=Report(family, document, drawn))
