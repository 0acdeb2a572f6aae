"""Figures for people: a table, small charts of text, what could not be used, and the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.spoken import counted, duration, percent, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Report:
    """A result as a rich renderable."""

    def __init__(self, family: str, document: Mapping[str, Any], drawn: Mapping[str, str] | None = None) -> None:
        self.family = family
        self.document = document
        self._drawn = drawn or {}

    def __rich__(self) -> Any:
        from rich import box
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        groups, lines = self.document["groups"], []
        table = Table(
            title=f"{self.family}, {short_time(self.document['from'])} to {short_time(self.document['to'])}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            show_edge=False,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )
        columns = [column for column in _COLUMNS[self.family] if not column.is_label or _is_told(groups, column.title)]
        for column in columns:
            if column.is_label:
                table.add_column(column.title, overflow="fold")
            else:
                table.add_column(column.title.replace(" ", "\n"), justify="right", no_wrap=True)
        for group in groups:
            table.add_row(*(Text(column.show(group)) for column in columns))
        lines += [
            f"{counted(item['count'], 'signal')} not used: {item['reason']}" for item in self.document["unusable"]
        ]
        lines += [f"{self._drawn['title']}: {self._drawn['chart']}"] if self._drawn else []
        if not groups:
            lines.append("no data in this window")
        drawn = [Text(line, no_wrap=True) for line in _drawn(self.family, columns, groups)]
        shown = [table, "", *drawn] if drawn else [table] if groups else []
        return Group(*shown, Text("\n".join([*lines, "", self.document["definition"]])))


class _Column:
    """One column: where its figure is in a group, and how to print it."""

    def __init__(self, title: str, path: str = "", show: Callable[[Any], str] = str, *, is_label: bool = False) -> None:
        self.title, self.is_label = title, is_label
        self._path, self.print = (path or title).split("."), show

    def value(self, group: Mapping[str, Any]) -> Any:
        """What the group says; None where it says nothing. The path ``*`` is the whole group."""
        value: Any = group
        for key in self._path if self._path != ["*"] else ():
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def show(self, group: Mapping[str, Any]) -> str:
        """The value as it is printed."""
        value = self.value(group)
        return "-" if value is None else self.print(value)


def _drawn(family: str, columns: list[_Column], groups: list[dict[str, Any]]) -> Iterator[str]:
    """Weeks as one line a figure; other groups as one bar each of the figure that the family ranks by."""
    figures = [column for column in columns if not column.is_label]
    if _is_told(groups, "week"):
        weeks = {group["week"] for group in groups}
        if len(weeks) == len(groups) > 1:
            yield from _lines(figures, groups)
        return
    ranked = next((column for column in figures if column.title == _RANKED.get(family)), None)
    if ranked is not None and len(groups) > 1:
        yield from _bars(ranked, [column for column in columns if column.is_label], groups)


def _lines(figures: list[_Column], weeks: list[dict[str, Any]]) -> Iterator[str]:
    from opsloop.charts.text import sparkline

    for column in figures:
        values = [column.value(week) for week in weeks]
        known = [value for value in values if isinstance(value, int | float)]
        if len(known) > 1:
            span = f"{column.print(min(known))} to {column.print(max(known))}"
            yield f"{column.title:>14}  {sparkline(values)}  {span}"


def _bars(column: _Column, labels: list[_Column], groups: list[dict[str, Any]]) -> Iterator[str]:
    from opsloop.charts.text import bar

    rows = sorted(
        (
            (value, " ".join(label.show(group) for label in labels))
            for group in groups
            if (value := column.value(group))
        ),
        reverse=True,
    )[:_MOST_BARS]
    most = 1.0 if column.title == "budget used" else max((value for value, _ in rows), default=0)
    width = min(_LONGEST_NAME, max((len(name) for _, name in rows), default=0))
    for value, name in rows:
        yield f"{name[:width]:>{width}}  {bar(value / most, _BAR):<{_BAR}} {column.print(value)}"


def _is_told(groups: list[dict[str, Any]], label: str) -> bool:
    return any(group.get(label) is not None for group in groups)


def _figure(value: float) -> str:
    return f"{value:.3g}"


def _full_in(group: Mapping[str, Any]) -> str:
    """The range of days, or why there is none."""
    days = group.get("exhaustion")
    return f"{days['low']:.0f} - {days['high']:.0f} d" if days else str(group.get("growth") or "-")


def _burning(rates: list[dict[str, Any]]) -> str:
    return " ".join(rate["long"]["window"] for rate in rates if rate["burning"]) or "none"


def _interval(summary: Mapping[str, Any]) -> str:
    if summary["median"] is None:
        return "-"
    bounds = "" if summary["ci_low"] is None else "\n" + _span(summary["ci_low"], summary["ci_high"])
    return f"{duration(summary['median'])}{bounds}\nn {summary['n']}"


def _span(low_s: float, high_s: float) -> str:
    """``5.2-10.3 min``, ``43.8 min-2.4 h``."""
    (low, unit), (high, other) = (duration(seconds).split() for seconds in (low_s, high_s))
    return f"{low}-{high} {unit}" if unit == other else f"{low} {unit}-{high} {other}"


_RANKED: Final = {"dora": "deployments", "incidents": "n", "slo": "budget used", "toil": "toil", "alerts": "episodes"}
"""The figure that a family's bars show."""
_MOST_BARS: Final = 10
_LONGEST_NAME: Final = 40
_BAR: Final = 24
_LABELS: Final = tuple(_Column(name, is_label=True) for name in ("week", "service"))
_COLUMNS: Final = {
    "dora": (
        *_LABELS,
        _Column("deployments"),
        _Column("a day", "deployment_frequency_per_day", _figure),
        _Column("lead time", "lead_time_s.median", duration),
        _Column("fail rate", "change_fail_rate", percent),
        _Column("failed", "failed_deployments"),
        _Column("recovery", "recovery_time_s.median", duration),
        _Column("rework", "rework_rate", percent),
    ),
    "incidents": (
        *_LABELS,
        _Column("n"),
        _Column("open"),
        _Column("to detect", "ttd_s", _interval),
        _Column("to ack", "tta_s", _interval),
        _Column("to resolve", "ttr_s", _interval),
        _Column("p90", "ttr_s.p90", duration),
        _Column("over target", "over_target.count"),
        _Column("repeats", "repeats_30d"),
    ),
    "slo": (
        *_LABELS,
        _Column("slo", is_label=True),
        _Column("goal", "objective", percent),
        _Column("sli", "sli", percent),
        _Column("budget used", "budget_consumed", percent),
        _Column("budget", "budget_minutes", lambda minutes: duration(60 * minutes)),
        _Column("burning", "burn_rates", _burning),
        _Column("policy"),
    ),
    "toil": (
        *_LABELS,
        _Column("engineer", is_label=True),
        _Column("shift", is_label=True),
        _Column("toil", "toil_s", duration),
        _Column("shift length", "shift_s", duration),
        _Column("ratio", "ratio", percent),
        _Column("most", "by_remediation", lambda spent: next(iter(spent), "-") or "-"),
    ),
    "alerts": (
        *_LABELS,
        _Column("monitor", is_label=True),
        _Column("fired", "firings"),
        _Column("episodes"),
        _Column("day max", "per_day_max"),
        _Column("acked", "acknowledged"),
        _Column("acted on", "actionable_ratio", percent),
        _Column("noise share", "noise_share", percent),
    ),
    "capacity": (
        *_LABELS,
        _Column("name", is_label=True),
        _Column("resource", is_label=True),
        _Column("limit", "threshold", percent),
        _Column("times above", "sustained", lambda runs: str(len(runs))),
        _Column("full in", "*", _full_in),
        _Column("jump", "step_change", lambda jumped: "yes" if jumped else "no"),
    ),
}
