"""A resource on its way to its limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, ORANGE, YELLOW, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR_DAYS: Final = 365
"""A forecast beyond a year is drawn at a year."""


def forecasts(groups: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]]) -> list[Picture]:
    """One picture a group of the capacity figures, with the daily medians that belong to it."""
    points = {_key(row): row["points"] for row in series}
    return [
        forecast(
            points.get(_key(row), []),
            resource=f"{row['resource'] or row['service']} {row['name']}",
            threshold=row["threshold"],
            days_left=row["exhaustion"],
            growth=row.get("growth"),
        )
        for row in groups
    ]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["service"], row["name"], row["resource"]


def forecast(
    points: Sequence[tuple[str, float | None]],
    *,
    resource: str,
    threshold: float,
    days_left: dict[str, Any] | None,
    growth: str | None = None,
) -> Picture:
    """Daily medians (ISO date, ratio or None), the threshold, and the band in which it grows until nothing is left;
    ``growth`` says why there is none.
    """
    alt = altair()
    line = (
        alt.Chart(alt.Data(values=[{"day": day, "level": level} for day, level in points]))
        .mark_line(color=BLUE, strokeWidth=2)
        .encode(x=alt.X("day:T", title=None), y=alt.Y("level:Q", title="used", axis=alt.Axis(format="%")))
    )
    limit = alt.Chart(alt.Data(values=[{"level": threshold}])).mark_rule(color=ORANGE, strokeDash=[4, 3])
    layers = line + limit.encode(y="level:Q")
    if band := _band(points, days_left):
        layers += (
            alt.Chart(alt.Data(values=band))
            .mark_area(color=YELLOW, opacity=0.45)
            .encode(x="day:T", y=alt.Y("low:Q"), y2="high:Q")
        )
    title, told = _finding(resource, days_left, growth), f"{len(points)} days of daily medians."
    return picture(layers, title=title, description=told, width=430, height=150)


def _band(points: Sequence[tuple[str, float | None]], days_left: dict[str, Any] | None) -> list[dict[str, Any]]:
    """From the last level to full, between the earliest and the latest day; empty without a forecast."""
    known = [(day, level) for day, level in points if level is not None]
    low, high = ((days_left or {}).get(end) for end in ("low", "high"))
    if not known or not low or not high:
        return []
    day, level = datetime.fromisoformat(known[-1][0]), known[-1][1]
    early, late = min(low, _FAR_DAYS), min(high, _FAR_DAYS)
    slowest = level + (1 - level) * early / late
    corners = ((0, level, level), (early, slowest, 1), (late, 1, 1))
    return [
        {"day": (day + timedelta(days=after)).isoformat(), "low": bottom, "high": top} for after, bottom, top in corners
    ]


def _finding(resource: str, days_left: dict[str, Any] | None, growth: str | None) -> str:
    if not days_left or days_left.get("median") is None:
        told = {"not enough data": "too little data for a forecast", "growing": "growing, and far from full"}
        return f"{resource}: {told.get(growth or '', growth or 'no forecast')}"
    low, high = days_left.get("low"), days_left.get("high")
    span = f" ({low:.0f} to {high:.0f})" if low is not None and high is not None else ""
    return f"{resource} is full in {days_left['median']:.0f} days{span}"
