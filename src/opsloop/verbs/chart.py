"""``metrics --chart``: a family's figures as a picture in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput, OutsideFailed
from opsloop.verbs.metrics import metrics

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.charts import Picture
    from opsloop.verbs.workspace import Workspace

SUFFIXES: Final = (".svg", ".png")


def chart(ws: Workspace, family: str, path: Path, **asked: Any) -> dict[str, str]:
    """Draw the figures that ``metrics`` computes for ``asked`` into ``path``; the suffix says the format.

    Delivery, incidents and budgets are drawn by week whatever the groups of the table are. Raises BadInput for another
    suffix or where there is nothing to draw, OutsideFailed where the file cannot be written.
    """
    from opsloop.charts import png, svg

    if path.suffix.lower() not in SUFFIXES:
        msg = f"--chart {path}: the file is named .svg or .png"
        raise BadInput(msg)
    picture = _picture(ws, family, asked)
    if picture is None:
        msg = f"no data for a chart of {family} in this window"
        raise BadInput(msg)
    drawn = png(picture) if path.suffix.lower() == ".png" else svg(picture).encode()
    try:
        path.write_bytes(drawn)
    except OSError as error:
        msg = f"--chart {path}: {error.strerror}"
        raise OutsideFailed(msg) from None
    return {"chart": str(path), "title": picture.title}


def _picture(ws: Workspace, family: str, asked: dict[str, Any]) -> Picture | None:
    from opsloop import charts
    from opsloop.charts import alerts, capacity, delivery, reliability, toil
    from opsloop.verbs.series import series

    if family in {"dora", "incidents", "slo"}:
        asked = asked | {"by": "week"}
    groups = metrics(ws, family, **asked)["groups"]
    if not groups:
        return None
    if family == "alerts":
        return alerts.pareto(groups)
    if family == "toil":
        return toil.shifts([group | {"ended": group["to"]} for group in groups if group.get("to")])
    if family == "capacity":
        return charts.together(capacity.forecasts(groups, series(ws)["series"]))
    if family == "slo":
        named = reliability.budgets(groups)
        parts = [reliability.burn_down(points, name=name) for name, points in named.items()]
    else:
        measures = delivery.MEASURES if family == "dora" else delivery.INCIDENT_MEASURES
        parts = [delivery.trend(groups, measure) for measure in measures]
    return charts.together(parts) if parts else None
