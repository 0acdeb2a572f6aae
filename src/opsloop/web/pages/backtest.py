"""Back-test: other thresholds, tried on the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.charts import backtest as charts

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

_DEFAULT: Final = "alert_fatigue"
_DAYS: Final = 30
_MOST_DAYS: Final = 366


def backtest(desk: Desk) -> Document:
    """One detector, its thresholds as sliders, and what they would have found."""
    from opsloop.detectors import load, names
    from opsloop.verbs.backtest import backtest as replay

    asked = desk.query.get("detector", _DEFAULT)
    name = asked if asked in names() else _DEFAULT
    days = desk.query.get("days", "")
    length = min(max(int(days), 1), _MOST_DAYS) if days.isdecimal() and len(days) < 5 else _DAYS
    thresholds = [_slider(key, value) for key, value in load(name).defaults.items() if _is_number(value)]
    for item in thresholds:
        chosen = desk.query.get(f"set.{item['name']}", "")
        if _is_numeral(chosen):
            item["value"] = type(item["value"])(float(chosen))
    tried = tuple(f"{item['name']}={item['value']}" for item in thresholds)

    def compute(ws: Workspace) -> Document:
        return replay(ws, detector=name, assignments=tried, days=length)

    def compute_present(ws: Workspace) -> Document:
        return replay(ws, detector=name, days=length)

    document = desk.kept(f"backtest {name} {tried} {length}", compute)
    result = document["results"][0]
    present = desk.kept(f"backtest {name} in use {length}", compute_present)["results"][0]
    window = {"start": document["from"], "end": document["to"]}
    return {
        "detectors": names(),
        "detector": name,
        "days": length,
        "thresholds": thresholds,
        "result": result,
        "present": present,
        "by_day": charts.days(result["by_day"], present["by_day"], **window),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_numeral(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal() and len(text) < 12


def _slider(name: str, value: float) -> dict[str, Any]:
    """A range from nothing to three times the default, in steps that suit it."""
    whole = isinstance(value, int)
    high = max(3 * value, 1) if whole or value > 1 else 1
    return {
        "name": name,
        "label": name.replace("_", " "),
        "value": value,
        "low": 0 if not whole else min(1, value),
        "high": high,
        "step": 1 if whole else round(max(value, 0.01) / 20, 4),
    }
