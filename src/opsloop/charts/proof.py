"""Did the change make the problem rarer?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, GREEN, GRID, ORANGE, PAPER, QUIET, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLOURS: Final = {"improved": GREEN, "worse": ORANGE, "no_change": BLUE, "not_enough_data": QUIET}
_FLOOR: Final = 0.02
"""A ratio of 0 is drawn here: the axis is logarithmic."""


def ratios(verdicts: Sequence[dict[str, Any]], *, improved: int, total: int) -> Picture:
    """Rate after / rate before with its 95% interval, one line a promotion; left of 1 is rarer.

    The ``verdicts`` may be a part of the ``total``, of which so many are ``improved``.
    """
    drawn = [row for row in verdicts if row.get("ratio") is not None]
    rows = [
        {
            "id": row["id"],
            "decision": row["decision"].replace("_", " "),
            "ratio": max(row["ratio"], _FLOOR),
            "low": max(row["ci_low"] if row.get("ci_low") is not None else _FLOOR, _FLOOR),
            "high": min(row["ci_high"] if row.get("ci_high") is not None else 50, 50),
        }
        for row in drawn
    ]
    names = [name.replace("_", " ") for name in _COLOURS]
    alt = altair()
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("id:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
        color=alt.Color("decision:N", title=None, scale=alt.Scale(domain=names, range=list(_COLOURS.values()))),
    )
    scale = alt.Scale(type="log", domain=[_FLOOR, 10], clamp=True)
    axis = alt.Axis(values=[0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10], format="~g")
    span = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title="rate after / before"), x2="high:Q"
    )
    dot = base.mark_circle(size=80).encode(x=alt.X("ratio:Q", scale=scale))
    even = (
        alt.Chart(alt.Data(values=[{"one": 1}]))
        .mark_rule(color=QUIET, strokeDash=[4, 3])
        .encode(x=alt.X("one:Q", scale=scale))
    )
    title = f"{improved} of {total} promoted changes proved to work" if total else "Nothing promoted yet"
    told = "; ".join(f"{row['id']}: {row['decision']}, ratio {row['ratio']:.2f}" for row in drawn) or "No verdicts."
    return picture(even + span + dot, title=title, description=told, height=max(60, 34 * len(rows)))


def before_after(weeks: Sequence[dict[str, Any]], *, promoted: str, baseline: tuple[str, str], title: str) -> Picture:
    """Occurrences by week ({week: ISO date, count}), the baseline shaded, the day of the promotion as a rule."""
    alt = altair()
    values = [row | {"next": (date.fromisoformat(row["week"][:10]) + timedelta(days=7)).isoformat()} for row in weeks]
    bars = (
        alt.Chart(alt.Data(values=values))
        .mark_rect(color=BLUE, stroke=PAPER)
        .encode(
            x=alt.X("week:T", title=None),
            x2="next:T",
            y=alt.Y("count:Q", title="times a week", axis=alt.Axis(tickMinStep=1, tickCount=4, format="d")),
            y2=alt.datum(0),
        )
    )
    start, end = baseline
    shade = alt.Chart(alt.Data(values=[{"start": start, "end": end}])).mark_rect(color=GRID, opacity=0.5)
    shade = shade.encode(x=alt.X("start:T", title=None), x2="end:T")
    rule = alt.Chart(alt.Data(values=[{"at": promoted}])).mark_rule(color=GREEN, strokeWidth=2).encode(x="at:T")
    told = ", ".join(f"{row['week'][:10]}: {row['count']}" for row in weeks)
    told = f"Baseline {start[:10]} to {end[:10]}, promoted {promoted[:10]}. {told}"
    return picture(shade + bars + rule, title=title, description=told, height=130)
