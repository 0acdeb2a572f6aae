"""When each pattern came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.charts.picture import ORANGE, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def strips(occurrences: Mapping[str, Sequence[str]], *, start: str, end: str) -> Picture:
    """One strip a pattern, one tick an occurrence (ISO times), from ``start`` to ``end``."""
    ranked = sorted(occurrences, key=lambda key: -len(occurrences[key]))
    rows = [{"pattern": key, "at": at} for key in ranked for at in occurrences[key]]
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_tick(color=ORANGE, thickness=2, opacity=0.6)
        .encode(
            x=alt.X("at:T", title=None, scale=alt.Scale(domain=[start, end])),
            y=alt.Y("pattern:N", sort=ranked, title=None, axis=alt.Axis(labelLimit=300)),
        )
    )
    title = f"{ranked[0]} came back most often: {len(occurrences[ranked[0]])} times" if ranked else "No patterns yet"
    told = "; ".join(f"{key}: {len(occurrences[key])} times" for key in ranked)
    return picture(chart, title=title, description=told, height=max(40, 22 * len(ranked)))


def timeline(events: Sequence[tuple[str, str]], *, name: str) -> Picture:
    """Evidence of one entry over time: (ISO time, what happened)."""
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=[{"at": at, "what": what} for at, what in events]))
        .mark_circle(color=ORANGE, size=60, opacity=0.7)
        .encode(x=alt.X("at:T", title=None), y=alt.Y("what:N", title=None, axis=alt.Axis(labelLimit=200)))
    )
    kinds = len({what for _, what in events})
    first, last = min(at for at, _ in events)[:10], max(at for at, _ in events)[:10]
    span = f"from {first} to {last}" if first != last else f"on {first}"
    return picture(
        chart,
        title=f"{len(events)} signals behind {name}, {span}",
        description="; ".join(f"{at} {what}" for at, what in events[:20]),
        height=max(40, 26 * kinds),
    )
