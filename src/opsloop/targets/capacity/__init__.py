"""Capacity models: how a resource grows, when it will be used up (a range), and what triggers scaling."""

from __future__ import annotations

from hashlib import blake2s
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import MissingExtra
from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsloop.model import Entry, Signal
    from opsloop.targets import Material

FORM: Final = Form(promoted="capacity model", place="docs/capacity")


def render(material: Material) -> dict[str, str]:
    """One model an entry, and beside it one chart (SVG) a resource; ``figures["capacity"]``: groups by entry id."""
    files: dict[str, str] = {}
    for entry in material.entries:
        name = prose.topic(entry)
        groups = material.figures.get("capacity", {}).get(entry.id, ())
        charts = {f"{name}-{_called(group)}.svg": _chart(material, entry, group) for group in groups}
        drawn = {file: svg for file, svg in charts.items() if svg}
        files[f"{material.place}/{name}.md"] = _model(entry, groups, list(drawn))
        files |= {f"{material.place}/{file}": svg for file, svg in drawn.items()}
    return files


def _model(entry: Entry, groups: Iterable[Mapping[str, Any]], charts: list[str]) -> str:
    rows = [
        (
            " ".join(map(quoting.name, _parts(group))),
            f"{group['threshold']:.0%}" if group.get("threshold") is not None else "?",
            str(len(group.get("sustained") or ())),
            _forecast(group.get("exhaustion"), group.get("growth")),
            "yes" if group.get("step_change") else "no",
        )
        for group in groups
    ]
    head = ("Resource", "Threshold", "Sustained breaches", "Used up in", "Step change")
    return prose.document(
        f"# Capacity model: {prose.title(entry)}",
        prose.provenance("Capacity model", [entry]),
        prose.bullets([f"**Service**: {quoting.name(entry.service)}"] if entry.service else []),
        "## What was learned",
        "\n\n".join(quoting.told(entry, text) for text in (entry.summary, entry.details, entry.root_cause) if text),
        "## Growth and forecast",
        prose.table(head, rows) if rows else prose.question("Which samples show how this resource grows?"),
        "\n\n".join(f"![Growth and forecast]({file})" for file in charts),
        "The forecast is a range: AutoETS together with Theil-Sen on daily medians; a step change makes it unreliable."
        if rows
        else "",
        "## Scaling trigger",
        prose.or_question(
            quoting.advised(entry, _trigger(entry)),
            "At which level, and how long before exhaustion, is capacity added?",
        ),
        "## Plan",
        prose.bullets(prose.steps_of(entry, _plan(entry)))
        or prose.offered(entry, _plan(entry))
        or prose.question("What is added, by whom, and how long does it take?"),
    )


def _plan(entry: Entry) -> str:
    return entry.suggested_action or entry.prevention


def _trigger(entry: Entry) -> str:
    return prose.section(entry, "Scaling Trigger", "Trigger Level")


def _forecast(days: Mapping[str, Any] | None, growth: str | None) -> str:
    """The range of days, or why there is none."""
    if not days or days.get("median") is None:
        return "not within ten years" if growth == "growing" else growth or "not known"
    low, high = days.get("low"), days.get("high")
    latest = "later" if high is None else f"{high:.0f}"
    return f"{days['median']:.0f} days ({'?' if low is None else format(low, '.0f')} to {latest})"


def _label(group: Mapping[str, Any]) -> str:
    return " ".join(_parts(group))


def _called(group: Mapping[str, Any]) -> str:
    """What its chart is called: names as they are, of words from outside a digest."""
    parts = (
        one if quoting.name(one) == one else blake2s(one.encode(), digest_size=4).hexdigest() for one in _parts(group)
    )
    return prose.slug(" ".join(parts))


def _parts(group: Mapping[str, Any]) -> list[str]:
    parts = (group.get("service"), group.get("name"), group.get("resource"))
    return [str(part) for part in dict.fromkeys(parts) if part]


def _chart(material: Material, entry: Entry, group: Mapping[str, Any]) -> str:
    """The daily medians with threshold and forecast band; "" where the chart library is not installed."""
    from opsloop.charts import svg
    from opsloop.charts.capacity import forecast

    points = _daily_medians(material.evidence.get(entry.id, ()), group)
    if not points or group.get("threshold") is None:
        return ""
    try:
        drawn = forecast(
            points, resource=_label(group), threshold=group["threshold"], days_left=group.get("exhaustion")
        )
        return svg(drawn).rstrip("\n") + "\n"
    except MissingExtra:
        return ""


def _daily_medians(signals: Iterable[Signal], group: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    series = (group.get("service"), group.get("name"), group.get("resource"))
    by_day: dict[str, list[float]] = {}
    for one in signals:
        if one.value is not None and series == (one.service, one.name, one.attrs.get("resource")):
            by_day.setdefault(f"{one.at:%Y-%m-%d}", []).append(one.value)
    return [(day, median(values)) for day, values in sorted(by_day.items())]
