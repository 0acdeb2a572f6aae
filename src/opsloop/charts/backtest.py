"""What other thresholds would have found, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.charts.picture import BLUE, ORANGE, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Mapping


def days(tried: Mapping[str, int], present: Mapping[str, int], *, start: str, end: str) -> Picture:
    """Patterns found a day (ISO date: count) with the thresholds that are tried and with those in use."""
    rows = [
        {"day": day, "which": which, "found": count}
        for which, found in (("tried", tried), ("in use", present))
        for day, count in found.items()
    ]
    most = max((*tried.values(), *present.values()), default=1)
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(width=5)
        .encode(
            x=alt.X("day:T", title=None, scale=alt.Scale(domain=[start, end])),
            y=alt.Y("found:Q", title="patterns", axis=alt.Axis(values=[0, most], format="d")),
            row=alt.Row("which:N", title=None, sort=["tried", "in use"]),
            color=alt.Color("which:N", legend=None, scale=alt.Scale(domain=["tried", "in use"], range=[ORANGE, BLUE])),
        )
    )
    more = len(tried) - len(present)
    change = "as many days as now" if not more else f"{abs(more)} days {'more' if more > 0 else 'fewer'} than now"
    title = (
        f"Something found on {change}"
        if tried or present
        else "Nothing found, with these thresholds or with those in use"
    )
    told = f"tried: {len(tried)} days; in use: {len(present)} days"
    return picture(chart, title=title, description=told, height=70)
