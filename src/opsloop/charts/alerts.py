"""Which monitors make the noise, and when."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, ORANGE, Picture, altair, picture
from opsloop.spoken import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_MOST_OF_IT: Final = 0.8
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def pareto(monitors: Sequence[dict[str, Any]], *, most: int = 12) -> Picture:
    """Episodes per monitor, most first, split into those that somebody acted on and those that nobody did."""
    ranked = sorted(map(_named, monitors), key=lambda row: -row["episodes"])[:most]
    rows = [
        {"monitor": row["name"], "kind": kind, "episodes": count}
        for row in ranked
        for kind, count in (
            ("acted on", row["actioned"] or 0),
            ("nobody acted", row["episodes"] - (row["actioned"] or 0)),
        )
    ]
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("monitor:N", sort=[row["name"] for row in ranked], title=None, axis=alt.Axis(labelLimit=220)),
            x=alt.X("episodes:Q", title="episodes", axis=alt.Axis(tickCount=8)),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=["acted on", "nobody acted"], range=[BLUE, ORANGE])
            ),
        )
    )
    told = "; ".join(f"{row['name']}: {row['episodes']} episodes, {row['actioned'] or 0} acted on" for row in ranked)
    return picture(chart, title=_finding(monitors), description=told, height=max(60, 24 * len(ranked)))


def _finding(monitors: Sequence[dict[str, Any]]) -> str:
    """Who makes the noise: the fewest monitors with four fifths of the episodes that nobody acted on."""
    if not monitors:
        return "No alerts in this window"
    ignored = sorted(
        ((row["episodes"] - (row["actioned"] or 0), _named(row)["name"]) for row in monitors), reverse=True
    )
    total = sum(count for count, _ in ignored)
    if not total:
        return f"Somebody acted on every episode of {counted(len(monitors), 'monitor')}"
    loudest, noise = [], 0
    for count, name in ignored:
        loudest.append(name)
        noise += count
        if noise >= _MOST_OF_IT * total:
            break
    who = loudest[0] if len(loudest) == 1 else f"{len(loudest)} of {len(monitors)} monitors"
    return f"{who} {'makes' if len(loudest) == 1 else 'make'} {noise / total:.0%} of the noise: nobody acted on it"


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """With the name that is shown: the monitor and its service."""
    where = f" ({row['service']})" if row.get("service") else ""
    return {"name": f"{row.get('monitor')}{where}"} | row


def heat_map(fired: Iterable[datetime], *, zone: str = "UTC") -> Picture:
    """Firings by weekday and hour, in the time zone of the times given, which ``zone`` names."""
    counts = Counter((moment.weekday(), moment.hour) for moment in fired)
    rows = [
        {"day": name, "hour": hour, "firings": counts[day, hour]}
        for day, name in enumerate(_DAYS)
        for hour in range(24)
    ]
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(color=ORANGE)
        .encode(
            x=alt.X(
                "hour:O", title=f"hour of the day, {zone}", axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))
            ),
            y=alt.Y("day:N", sort=list(_DAYS), title=None),
            opacity=alt.Opacity(
                "firings:Q", scale=alt.Scale(range=[0.04, 1]), legend=alt.Legend(title="firings an hour", tickCount=4)
            ),
        )
    )
    if not counts:
        return picture(chart, title="No firings in this window", description="Nothing fired.", height=150)
    (day, hour), most = counts.most_common(1)[0]
    title = f"Busiest hour: {_DAYS[day]} {hour:02}:00, {most} firings"
    return picture(chart, title=title, description=f"{sum(counts.values())} firings in all.", height=150)
