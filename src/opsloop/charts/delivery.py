"""Figures week by week: the DORA metrics and the times of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.charts.picture import BLUE, ORANGE, Picture, altair, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Week = dict[str, Any]


def _nested(name: str) -> Callable[[Week], float | None]:
    return lambda week: (week.get(name) or {}).get("median")


MEASURES: Final[dict[str, tuple[str, str, float, Callable[[Week], float | None]]]] = {
    "deployment_frequency_per_day": ("Deployments", "a day", 1, lambda week: week.get("deployment_frequency_per_day")),
    "lead_time_s": ("Median lead time", "hours", 3_600, _nested("lead_time_s")),
    "change_fail_rate": ("Change fail rate", "%", 0.01, lambda week: week.get("change_fail_rate")),
    "recovery_time_s": ("Median recovery", "hours", 3_600, _nested("recovery_time_s")),
    "rework_rate": ("Rework rate", "%", 0.01, lambda week: week.get("rework_rate")),
}
INCIDENT_MEASURES: Final[dict[str, tuple[str, str, float, Callable[[Week], float | None]]]] = {
    "n": ("Incidents", "a week", 1, lambda week: week.get("n")),
    "ttd_s": ("Median time to detect", "minutes", 60, _nested("ttd_s")),
    "tta_s": ("Median time to acknowledge", "minutes", 60, _nested("tta_s")),
    "ttr_s": ("Median time to resolve", "hours", 3_600, _nested("ttr_s")),
}
"""Measure -> (title, unit shown, divisor from the result's unit, how to read it from a week)."""


def trend(weeks: Sequence[Week], measure: str) -> Picture:
    """One measure over weeks (``week``: the Monday's date); a week without data is a gap."""
    name, unit, divisor, read = (MEASURES | INCIDENT_MEASURES)[measure]
    rows = [
        {"week": week["week"], "value": None if (value := read(week)) is None else value / divisor} for week in weeks
    ]
    known = [row["value"] for row in rows if row["value"] is not None]
    alt = altair()
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("week:T", title=None, axis=alt.Axis(format="%d %b", tickCount=6)),
        y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=True) if any(known) else alt.Scale(domain=[0, 1])),
    )
    colour = ORANGE if measure in {"change_fail_rate", "rework_rate"} else BLUE
    chart = base.mark_line(color=colour, strokeWidth=2) + base.mark_circle(color=colour, size=28)
    return picture(
        chart, title=_finding(name, unit, known), description=_words(name, unit, rows), width=400, height=120
    )


def _finding(name: str, unit: str, known: list[float]) -> str:
    """First half of the weeks against the second."""
    if len(known) < 4:
        return f"{name}: {'no data' if not known else 'too few weeks for a trend'}"
    half = len(known) // 2
    before, after = (sum(part) / len(part) for part in (known[:half], known[half:]))
    if not any(known):
        return f"{name}: 0 in every week"
    span = f"{min(known):.2g} to {max(known):.2g} {unit}"
    if before and abs(after / before - 1) > 0.15:
        return f"{name} {'rose' if after > before else 'fell'} from {before:.2g} to {after:.2g} {unit}"
    return f"{name}: no trend, {span}"


def _words(name: str, unit: str, rows: list[Week]) -> str:
    told = (f"{row['week']}: " + ("no data" if row["value"] is None else f"{row['value']:.3g}") for row in rows)
    return f"{name} ({unit}) by week. {', '.join(told)}"
