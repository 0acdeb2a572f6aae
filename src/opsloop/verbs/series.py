"""``series``: how full each resource was, day by day; what a capacity chart draws."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace


def series(ws: Workspace, *, days: int = 90) -> dict[str, Any]:
    """Daily medians (ratios) of the last ``days`` days per service, name and resource; None where a day has none."""
    from opsloop.metrics import relations
    from opsloop.metrics.saturation import SERIES, THRESHOLDS, samples
    from opsloop.signals.table import open_table

    table = open_table(ws.store, ws.settings.engine)
    first = (ws.now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    recent = samples(relations.known(table, ws.now).filter(table.at >= relations.moment(first)), THRESHOLDS)
    daily = recent.group_by(*SERIES, day=recent.at.truncate("D")).agg(level=recent.value.median())
    levels: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for row in relations.fetch(daily):
        levels[tuple(row[column] for column in SERIES)][f"{row['day']:%Y-%m-%d}"] = row["level"]
    dates = [f"{first + timedelta(days=day):%Y-%m-%d}" for day in range(days + 1)]
    return {
        "series": [
            dict(zip(SERIES, key, strict=True)) | {"points": [[date, known.get(date)] for date in dates]}
            for key, known in sorted(levels.items(), key=lambda item: tuple(map(str, item[0])))
        ]
    }
