"""A resource on its way to its limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, ORANGE, YELLOW, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR_DAYS: Final = 365
"""A forecast beyond a year is drawn at a year."""


def forecast(
    points: Sequence[tuple[str, float | None]], *, resource: str, threshold: float, days_left: dict[str, Any] | None
) -> Picture:
    """Daily medians (ISO date, ratio or None), the threshold, and the band of days in which nothing will be left."""
    alt = altair()
    line = (
        alt.Chart(alt.Data(values=[{"day": day, "level": level} for day, level in points]))
        .mark_line(color=BLUE, strokeWidth=2)
        .encode(x=alt.X("day:T", title=None), y=alt.Y("level:Q", title="used", axis=alt.Axis(format="%")))
    )
    limit = alt.Chart(alt.Data(values=[{"level": threshold}])).mark_rule(color=ORANGE, strokeDash=[4, 3])
    layers = line + limit.encode(y="level:Q")
    if days_left and points and days_left.get("low") is not None:
        last = datetime.fromisoformat(points[-1][0])
        ends = {
            key: (last + timedelta(days=days_left[key])).isoformat() for key in ("low", "high") if days_left.get(key)
        }
        if len(ends) == 2:
            layers += (
                alt.Chart(alt.Data(values=[ends])).mark_rect(color=YELLOW, opacity=0.35).encode(x="low:T", x2="high:T")
            )
    title, told = _finding(resource, days_left), f"{len(points)} days of daily medians."
    return picture(layers, title=title, description=told, width=520, height=150)


def _after(last: datetime, days: float) -> str:
    return (last + timedelta(days=min(days, _FAR_DAYS))).isoformat()


def _finding(resource: str, days_left: dict[str, Any] | None) -> str:
    if not days_left or days_left.get("median") is None:
        return f"{resource}: no significant growth"
    low, high = days_left.get("low"), days_left.get("high")
    span = f" ({low:.0f} to {high:.0f})" if low is not None and high is not None else ""
    return f"{resource} is full in {days_left['median']:.0f} days{span}"
