"""When each pattern came back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, GREEN, ORANGE, PAPER, Picture, altair, picture
from opsloop.spoken import counted, times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BY_WEEK_FROM: Final = 150
"""A history of that many days is drawn by week."""
_STEP: Final = 22
"""Pixels a strip."""


def strips(occurrences: Mapping[str, Mapping[str, int]], *, start: str, end: str) -> Picture:
    """One strip a pattern, one mark a day (ISO date: how often), the darker the more, from ``start`` to ``end``."""
    total = {key: sum(days.values()) for key, days in occurrences.items()}
    ranked = sorted(occurrences, key=lambda key: -total[key])
    rows = [
        {"pattern": key, "day": day, "next": _later(day, 1), "times": count}
        for key in ranked
        for day, count in sorted(occurrences[key].items())
    ]
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=ORANGE, height=_STEP - 8)
        .encode(
            x=alt.X("day:T", title=None, scale=alt.Scale(domain=[start, end])),
            x2="next:T",
            y=alt.Y("pattern:N", sort=ranked, title=None, axis=alt.Axis(labelLimit=320, grid=True)),
            opacity=alt.Opacity(
                "times:Q", scale=alt.Scale(type="sqrt", range=[0.4, 1]), legend=alt.Legend(title="times a day")
            ),
        )
    )
    title = f"{ranked[0]} came back most often: {times(total[ranked[0]])}" if ranked else "No patterns yet"
    told = "; ".join(f"{key}: {times(total[key])}" for key in ranked)
    return picture(chart, title=title, description=told, height=max(40, _STEP * len(ranked)))


def history(days: Mapping[str, int], *, until: str, marks: Sequence[tuple[str, str]] = ()) -> Picture:
    """How often a day (ISO date: count), or a week in a long history, up to ``until``; ``marks``: (date, what)."""
    first, last = min(days), max(days)
    by_week = (date.fromisoformat(until) - date.fromisoformat(first)).days >= _BY_WEEK_FROM
    bins = _weeks(days) if by_week else days
    alt = altair()
    values = [{"from": day, "to": _later(day, 7 if by_week else 1), "times": bins[day]} for day in sorted(bins)]
    axis = alt.Axis(tickMinStep=1, tickCount=4, format="d")
    layers = (
        alt.Chart(alt.Data(values=values))
        .mark_rect(color=BLUE, stroke=PAPER, strokeWidth=0.5)
        .encode(
            x=alt.X("from:T", title=None, scale=alt.Scale(domain=[first, _later(until, 1)])),
            x2="to:T",
            y=alt.Y("times:Q", title="times a week" if by_week else "times a day", axis=axis),
            y2=alt.datum(0),
        )
    )
    if marks:
        lines = alt.Chart(alt.Data(values=[{"at": at, "what": what} for at, what in marks]))
        layers += lines.mark_rule(color=GREEN, strokeWidth=2).encode(x="at:T")
        layers += lines.mark_text(align="left", dx=4, y=6, fontSize=12).encode(x="at:T", text="what:N")
    count = sum(days.values())
    span = f"from {first} to {last}" if first != last else f"on {first}"
    title = f"{times(count).capitalize()} {span}"
    most = max(days, key=lambda day: days[day])
    told = f"On {counted(len(days), 'day')}, most on {most} ({days[most]})." + "".join(
        f" {what} on {at}." for at, what in marks
    )
    return picture(layers, title=title, description=told, height=110)


def _weeks(days: Mapping[str, int]) -> dict[str, int]:
    """By Monday."""
    found: dict[str, int] = {}
    for text, count in days.items():
        day = date.fromisoformat(text)
        monday = (day - timedelta(days=day.weekday())).isoformat()
        found[monday] = found.get(monday, 0) + count
    return found


def _later(day: str, by: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=by)).isoformat()


def timeline(events: Sequence[tuple[str, str]], *, title: str) -> Picture:
    """Signals over time: (ISO time, what happened)."""
    alt = altair()
    rows: list[dict[str, Any]] = [{"at": at, "what": what} for at, what in events]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(color=ORANGE, size=60, opacity=0.7)
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format="%d %b" if _spans_days(events) else "%H:%M")),
            y=alt.Y("what:N", title=None, axis=alt.Axis(labelLimit=200)),
        )
    )
    return picture(
        chart,
        title=title,
        description="; ".join(f"{at} {what}" for at, what in events[:20]),
        height=max(40, 26 * len({what for _, what in events})),
    )


def _spans_days(events: Sequence[tuple[str, str]]) -> bool:
    """More than two: fewer are told by the hour."""
    days = sorted(date.fromisoformat(at[:10]) for at, _ in events)
    return (days[-1] - days[0]).days > 2
