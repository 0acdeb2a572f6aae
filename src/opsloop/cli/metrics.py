"""``metrics``: figures with their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from opsloop.cli.verb import Answer, verb
from opsloop.model import parse_time
from opsloop.verbs.metrics import FAMILIES
from opsloop.verbs.metrics import metrics as metrics_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsloop.verbs.workspace import Workspace


@click.command("metrics")
@click.argument("family", type=click.Choice(FAMILIES))
@click.option("--service", metavar="S", help="Only this service.")
@click.option("--from", "start", metavar="TIME", help="First moment (RFC 3339); default: 30 days before --to.")
@click.option("--to", "end", metavar="TIME", help="First moment that no longer counts; default: now.")
@click.option("--by", type=click.Choice(["service", "week"]), help="One group each; weeks begin on Mondays (UTC).")
@click.option("--threshold", "thresholds", metavar="NAME=RATIO", multiple=True, help="For capacity, such as cpu=0.85.")
@verb
def metrics(ws: Workspace, family: str, start: str | None, end: str | None, **asked: Any) -> Answer:
    """Compute DORA, incident, SLO, toil, alert or capacity figures.

    \b
    Examples:
      opsloop metrics dora --by week
      opsloop metrics slo --service checkout
      opsloop metrics capacity --threshold cpu=0.8
    """
    document = metrics_(
        ws, family, start=parse_time(start) if start else None, end=parse_time(end) if end else None, **asked
    )
    return Answer(document=document, text=_Report(family, document))


class _Report:
    """A result for people: a table of the groups, what could not be used, and the definition."""

    def __init__(self, family: str, document: Mapping[str, Any]) -> None:
        self.family = family
        self.document = document

    def __rich__(self) -> Any:
        from rich import box
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        groups, lines = self.document["groups"], []
        table = Table(title=f"{self.family}, {self.document['from']} to {self.document['to']}", box=box.SIMPLE_HEAD)
        columns = [column for column in _COLUMNS[self.family] if not column.is_label or _is_told(groups, column.title)]
        for column in columns:
            table.add_column(column.title, justify="left" if column.is_label else "right")
        for group in groups:
            table.add_row(*(Text(column.show(group)) for column in columns))
        lines += [f"{item['count']} signals not used: {item['reason']}" for item in self.document["unusable"]]
        if not groups:
            lines.append("no data in this window")
        return Group(table if groups else "", Text("\n".join([*lines, "", self.document["definition"]])))


class _Column:
    """One column: where its figure is in a group, and how to print it."""

    def __init__(self, title: str, path: str = "", show: Callable[[Any], str] = str, *, is_label: bool = False) -> None:
        self.title, self.is_label = title, is_label
        self._path, self._show = (path or title).split("."), show

    def show(self, group: Mapping[str, Any]) -> str:
        value: Any = group
        for key in self._path:
            value = value.get(key) if isinstance(value, dict) else None
        return "-" if value is None else self._show(value)


def _is_told(groups: list[dict[str, Any]], label: str) -> bool:
    return any(group.get(label) is not None for group in groups)


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _figure(value: float) -> str:
    return f"{value:.3g}"


def _duration(seconds: float) -> str:
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"


def _range(days: Mapping[str, float]) -> str:
    return f"{days['low']:.0f} - {days['high']:.0f} d ({days['median']:.0f})"


def _burning(rates: list[dict[str, Any]]) -> str:
    return " ".join(rate["long"]["window"] for rate in rates if rate["burning"]) or "none"


def _interval(summary: Mapping[str, Any]) -> str:
    if summary["median"] is None:
        return "-"
    bounds = "" if summary["ci_low"] is None else f" ({_duration(summary['ci_low'])} - {_duration(summary['ci_high'])})"
    return f"{_duration(summary['median'])}{bounds}, n {summary['n']}"


_LABELS: Final = tuple(_Column(name, is_label=True) for name in ("week", "service"))
_COLUMNS: Final = {
    "dora": (
        *_LABELS,
        _Column("deployments"),
        _Column("a day", "deployment_frequency_per_day", _figure),
        _Column("lead time", "lead_time_s.median", _duration),
        _Column("fail rate", "change_fail_rate", _percent),
        _Column("failed", "failed_deployments"),
        _Column("recovery", "recovery_time_s.median", _duration),
        _Column("rework", "rework_rate", _percent),
    ),
    "incidents": (
        *_LABELS,
        _Column("n"),
        _Column("open"),
        _Column("to detect", "ttd_s", _interval),
        _Column("to acknowledge", "tta_s", _interval),
        _Column("to resolve", "ttr_s", _interval),
        _Column("p90", "ttr_s.p90", _duration),
        _Column("over target", "over_target.count"),
        _Column("repeats", "repeats_30d"),
    ),
    "slo": (
        *_LABELS,
        _Column("slo", is_label=True),
        _Column("objective"),
        _Column("sli", "sli", "{:.4%}".format),
        _Column("budget used", "budget_consumed", _percent),
        _Column("budget min", "budget_minutes", _figure),
        _Column("burning", "burn_rates", _burning),
        _Column("policy"),
    ),
    "toil": (
        *_LABELS,
        _Column("engineer", is_label=True),
        _Column("shift", is_label=True),
        _Column("toil", "toil_s", _duration),
        _Column("shift length", "shift_s", _duration),
        _Column("ratio", "ratio", _percent),
        _Column("most", "by_remediation", lambda spent: next(iter(spent), "-") or "-"),
    ),
    "alerts": (
        *_LABELS,
        _Column("monitor", is_label=True),
        _Column("firings"),
        _Column("episodes"),
        _Column("most a day", "per_day_max"),
        _Column("acknowledged"),
        _Column("actioned"),
        _Column("actionable", "actionable_ratio", _percent),
        _Column("noise share", "noise_share", _percent),
    ),
    "capacity": (
        *_LABELS,
        _Column("name", is_label=True),
        _Column("resource", is_label=True),
        _Column("threshold"),
        _Column("runs above", "sustained", lambda runs: str(len(runs))),
        _Column("full in", "exhaustion", _range),
        _Column("growth"),
        _Column("jump", "step_change", lambda jumped: "yes" if jumped else "no"),
    ),
}
