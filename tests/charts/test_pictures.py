"""Charts: the title says the finding, gaps stay gaps, the SVG is well-formed and carries nobody's markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from opsloop.charts import Picture, alerts, backtest, capacity, delivery, patterns, png, proof, reliability, svg, toil

WEEKS = [
    {"week": f"2026-01-{day:02}", "change_fail_rate": rate, "lead_time_s": {"median": 7_200.0}}
    for day, rate in ((5, 0.30), (12, 0.25), (19, None), (26, 0.10))
] + [{"week": "2026-02-02", "change_fail_rate": 0.08, "lead_time_s": None}]
HOSTILE = '<script>alert(1)</script>"&'


@cache
def pictures() -> dict[str, Picture]:
    monitors = [
        {"name": "DiskLatencyHigh", "episodes": 90, "actioned": 0},
        {"name": HOSTILE, "episodes": 10, "actioned": 8},
    ]
    verdicts = [
        {"id": "OPS-20260101-001", "decision": "improved", "ratio": 0.2, "ci_low": 0.1, "ci_high": 0.4},
        {"id": "OPS-20260101-002", "decision": "not_enough_data", "ratio": None, "ci_low": None, "ci_high": None},
        {"id": "OPS-20260101-003", "decision": "no_change", "ratio": 0.0, "ci_low": 0.0, "ci_high": None},
    ]
    rates = [
        {
            "long": {"window": "1h", "rate": 20.0},
            "short": {"window": "5m", "rate": 18.0},
            "factor": 14.4,
            "burning": True,
        }
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [((start + timedelta(days=day)).isoformat(), 0.4 + day / 200) for day in range(60)]
    return {
        "trend": delivery.trend(WEEKS, "change_fail_rate"),
        "pareto": alerts.pareto(monitors),
        "heat": alerts.heat_map([start + timedelta(hours=7 * n) for n in range(90)]),
        "shifts": toil.shifts(
            [{"ended": "2026-01-02T20:00:00Z", "ratio": 0.6, "engineer": "Ilse"}, {"ended": "x", "ratio": None}]
        ),
        "remediations": toil.remediations({"renew certificate": 12.0, HOSTILE: 3.0}),
        "burn_down": reliability.burn_down(
            [("2026-01-01", 1.0), ("2026-01-02", None), ("2026-01-03", 0.4)], name="checkout"
        ),
        "burn_rates": reliability.burn_rates(rates, name="checkout"),
        "forecast": capacity.forecast(
            days, resource="db:/data", threshold=0.85, days_left={"low": 20, "median": 30, "high": 45}
        ),
        "ratios": proof.ratios(verdicts, improved=1, total=len(verdicts)),
        "before_after": proof.before_after(
            [{"week": "2026-01-05", "count": 4}],
            promoted="2026-01-07",
            baseline=("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            title="4 times in the baseline, 0 after the change",
        ),
        "backtest": backtest.days({"2026-01-05": 2}, {}, start="2026-01-01", end="2026-02-01"),
        "strips": patterns.strips(
            {"incident_pattern.pool": {"2026-01-05": 1, "2026-01-09": 1}}, start="2026-01-01", end="2026-02-01"
        ),
        "timeline": patterns.timeline([("2026-01-05", "alert firing")], title="One signal"),
        "history": patterns.history(
            {"2026-01-05": 2, "2026-01-09": 1}, until="2026-02-01", marks=[("2026-01-20", "promoted to runbook")]
        ),
        "long history": patterns.history({"2025-01-05": 2, "2026-01-09": 1}, until="2026-02-01"),
    }


NAMES = (
    *("backtest", "before_after", "burn_down", "burn_rates", "forecast", "heat", "history", "long history"),
    *("pareto", "ratios", "remediations", "shifts", "strips", "timeline", "trend"),
)
"""Known before anything is drawn: whoever only collects the tests need not wait for it."""


def test_no_picture_is_left_out() -> None:
    assert sorted(NAMES) == sorted(pictures())


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_drawn_with_its_finding_and_text_alternative(name: str) -> None:
    shown = pictures()[name]
    drawn = svg(shown)
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    assert shown.title in (root.get("aria-label") or "")
    assert shown.description
    assert "<script" not in drawn
    assert 'style="' not in svg(shown, themed=True)


def test_the_title_says_the_finding() -> None:
    titles = {name: shown.title for name, shown in pictures().items()}
    assert titles["trend"] == "Change fail rate fell from 28 to 9 %"
    assert titles["pareto"] == "DiskLatencyHigh makes 98% of the noise: nobody acted on it"
    assert titles["shifts"] == "1 of 1 shifts over 50% toil"
    assert titles["burn_down"] == "checkout: 40% of the budget left"
    assert titles["burn_rates"] == "checkout burns at over 14.4x"
    assert titles["forecast"] == "db:/data is full in 30 days (20 to 45)"
    assert titles["ratios"] == "1 of 3 promoted changes proved to work"
    assert titles["history"] == "3 times from 2026-01-05 to 2026-01-09"
    assert titles["strips"] == "incident_pattern.pool came back most often: 2 times"


def test_weeks_without_data_are_gaps_and_said() -> None:
    shown = delivery.trend(WEEKS, "change_fail_rate")
    assert "2026-01-19: no data" in shown.description
    values = (
        next(iter(shown.spec["layer"]))["data"]["values"]
        if "data" in shown.spec["layer"][0]
        else shown.spec["data"]["values"]
    )
    assert [row["value"] is None for row in values] == [False, False, True, False, False]


def test_nothing_at_all_is_said_too() -> None:
    assert delivery.trend([], "lead_time_s").title == "Median lead time: no data"
    assert alerts.pareto([]).title == "No alerts in this window"
    assert proof.ratios([], improved=0, total=0).title == "Nothing promoted yet"
    assert toil.remediations({}).title == "No toil in this window"
    svg(alerts.heat_map([]))


def test_themed_colours_come_from_the_style_sheet() -> None:
    drawn = svg(pictures()["ratios"], themed=True)
    assert "var(--ink)" in drawn
    assert "#1b1f24" not in drawn


def test_png_is_a_picture() -> None:
    assert png(pictures()["ratios"]).startswith(b"\x89PNG")
