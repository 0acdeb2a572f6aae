"""Toil against the limit, shift by shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsloop.charts.picture import BLUE, ORANGE, QUIET, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Sequence


def shifts(rows: Sequence[dict[str, Any]], *, limit: float = 0.5) -> Picture:
    """Share of each shift spent on toil (``ended``: ISO time, ``ratio``: 0..1 or null) with the limit drawn in."""
    known = [row for row in rows if row.get("ratio") is not None]
    over = [row for row in known if row["ratio"] > limit]
    alt = altair()
    values = [{"ended": row["ended"], "ratio": row["ratio"], "engineer": row.get("engineer") or "?"} for row in known]
    bars = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(width=4)
        .encode(
            x=alt.X("ended:T", title=None),
            y=alt.Y("ratio:Q", title="share of the shift", axis=alt.Axis(format="%")),
            color=alt.condition(alt.datum.ratio > limit, alt.value(ORANGE), alt.value(BLUE)),
        )
    )
    line = alt.Chart(alt.Data(values=[{"limit": limit}])).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="limit:Q")
    title = f"{len(over)} of {len(known)} shifts over {limit:.0%} toil" if known else "No shifts in this window"
    told = (
        "; ".join(f"{row['ended'][:10]} {row.get('engineer') or '?'}: {row['ratio']:.0%}" for row in over)
        or "None over."
    )
    return picture(bars + line, title=title, description=told, height=160)


def remediations(hours: dict[str, float], *, most: int = 10) -> Picture:
    """Hours of manual work per remediation, most first."""
    ranked = sorted(hours.items(), key=lambda item: -item[1])[:most]
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=[{"what": what, "hours": value} for what, value in ranked]))
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("what:N", sort=[what for what, _ in ranked], title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("hours:Q", title="hours by hand", axis=alt.Axis(tickCount=8)),
        )
    )
    title = f"{ranked[0][0]}: {ranked[0][1]:.3g} hours by hand" if ranked else "No toil in this window"
    told = "; ".join(f"{what}: {value:.1f} h" for what, value in ranked)
    return picture(chart, title=title, description=told, height=max(40, 26 * len(ranked)))
