"""What is left of an error budget, and how fast it burns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from opsloop.charts.picture import BLUE, ORANGE, QUIET, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Sequence


def budgets(weeks: Sequence[dict[str, Any]]) -> dict[str, list[tuple[str, float | None]]]:
    """From groups by week: what is left of each SLO's budget, as ``burn_down`` takes it."""
    left: dict[str, list[tuple[str, float | None]]] = defaultdict(list)
    for week in weeks:
        if week.get("slo"):
            used = week["budget_consumed"]
            left[week["slo"]].append((week["week"], None if used is None else 1 - used))
    return left


def burn_down(points: Sequence[tuple[str, float | None]], *, name: str) -> Picture:
    """Share of the budget left over time: (ISO time, 1 = untouched .. below 0 = overspent, None = no data)."""
    known = [left for _, left in points if left is not None]
    lowest = min(0.0, *known) if known else 0.0
    alt = altair()
    base = alt.Chart(alt.Data(values=[{"at": at, "left": left} for at, left in points]))
    line = base.mark_line(color=BLUE, strokeWidth=2).encode(
        x=alt.X("at:T", title=None),
        y=alt.Y("left:Q", title="budget left", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[lowest, 1])),
    )
    floor = alt.Chart(alt.Data(values=[{"left": 0}])).mark_rule(color=ORANGE, strokeDash=[4, 3]).encode(y="left:Q")
    title = f"{name}: {known[-1]:.0%} of the budget left" if known else f"{name}: no data"
    told = f"From {known[0]:.0%} to {known[-1]:.0%}, lowest {min(known):.0%}." if known else "No data in this window."
    return picture(line + floor, title=title, description=told, width=420, height=150)


def burn_rates(rates: Sequence[dict[str, Any]], *, name: str) -> Picture:
    """Burn rate in each long and short window as a multiple of its factor; 1 and over in both windows burns."""
    rows = [
        {
            "pair": f"{rate['long']['window']} / {rate['short']['window']}",
            "window": size,
            "ratio": part / rate["factor"],
        }
        for rate in rates
        for size, part in (("long", rate["long"]["rate"]), ("short", rate["short"]["rate"]))
        if part is not None
    ]
    burning = [row for row in rates if row.get("burning")]
    alt = altair()
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("pair:N", title=None, sort=None),
            yOffset="window:N",
            x=alt.X("ratio:Q", title="burn rate / factor"),
            color=alt.Color("window:N", title=None, scale=alt.Scale(domain=["long", "short"], range=[BLUE, ORANGE])),
        )
    )
    rule = alt.Chart(alt.Data(values=[{"ratio": 1}])).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x="ratio:Q")
    worst = burning[0] if burning else None
    title = f"{name} burns at over {worst['factor']:g}x" if worst else f"{name}: no window pair burns"
    told = "; ".join(f"{row['pair']} {row['window']}: {row['ratio']:.2f} of the factor" for row in rows) or "No data."
    return picture(bars + rule, title=title, description=told, width=400, height=130)
