"""A back-test finds what detection with the same thresholds finds, whatever their windows are, and says where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.errors import BadInput
from opsloop.model import Signal
from opsloop.verbs.backtest import backtest
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 12, tzinfo=UTC)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, NOW)


def tell(ws: Workspace, *signals: Signal) -> None:
    ws.store.append(signals, origin="test", now=NOW)


def told(kind: str, status: str, days: float, **fields: Any) -> Signal:
    """A signal so many days before NOW."""
    known = {"id": f"{kind}-{status}-{days}", "source": "test", "service": "checkout", "name": "cpu"}
    return Signal(kind=kind, status=status, at=NOW - timedelta(days=days), **known | fields)


def incident(days: float, **fields: Any) -> Signal:
    return told("incident", "detected", days, **{"attrs": {"pattern_key": "pool"}} | fields)


def replayed(ws: Workspace, detector: str, *assignments: str, days: int = 3) -> dict[str, Any]:
    (result,) = backtest(ws, detector=detector, assignments=assignments, days=days)["results"]
    return result


def test_a_wider_window_is_looked_through_whole(ws: Workspace) -> None:
    tell(ws, incident(70), incident(1.5))
    assert replayed(ws, "incident_recurrence")["findings"] == 0
    assert replayed(ws, "incident_recurrence", "window_days=90")["by_day"] == {"2026-03-10": 1}


def test_a_wider_window_of_alerts_is_looked_through_whole(ws: Workspace) -> None:
    tell(ws, *(told("alert", "firing", days) for days in (20, 10, 1.5)))
    assert replayed(ws, "alert_recurrence")["findings"] == 0
    assert replayed(ws, "alert_recurrence", "window_days=30")["by_day"] == {"2026-03-10": 1}


def test_a_wider_window_in_the_settings_too(ws: Workspace) -> None:
    tell(ws, *(told("alert", "firing", days) for days in (20, 10, 1.5)))
    (ws.root / "opsloop.toml").write_text("[detectors.alert_recurrence]\nwindow_days = 30\n", encoding="utf-8")
    assert replayed(Workspace(ws.root, NOW), "alert_recurrence")["findings"] == 1


def test_hours_are_looked_through_too(ws: Workspace) -> None:
    late = incident(20, fingerprint="i", attrs={"alert": "cpu"})
    tell(ws, late, told("alert", "firing", 1.5))
    assert replayed(ws, "late_alert")["findings"] == 0
    assert replayed(ws, "late_alert", "belongs_within_hours=500")["by_day"] == {"2026-03-10": 1}


@pytest.mark.parametrize("value", ["99999.0", "100000"])
def test_a_window_as_long_as_there_are_is_looked_through(ws: Workspace, value: str) -> None:
    tell(ws, *(told("alert", "firing", days) for days in (20, 10, 1.5)))
    assert replayed(ws, "alert_recurrence", f"window_days={value}")["findings"] == 1


def test_a_cause_without_a_window_is_looked_for_from_the_beginning(ws: Workspace) -> None:
    for service, days in (("search", 160), ("mail", 1.5)):
        one = incident(days, service=service, fingerprint=service, attrs={"root_cause": "expired cert"})
        tell(ws, one)
    result = replayed(ws, "shared_root_cause")
    assert result["by_day"] == {"2026-03-10": 1}
    assert result["services"] == ["mail", "search"]
    (pattern,) = result["patterns"]
    assert (pattern["service"], pattern["services"]) == (None, ["mail", "search"])


def test_an_objective_over_years_is_judged_by_its_whole_window(ws: Workspace) -> None:
    declared = '[[slo]]\nname = "cpu"\nservice = "checkout"\nobjective = 0.9\nwindow_days = 500\n'
    (ws.root / "opsloop.toml").write_text(declared, encoding="utf-8")
    for days, good in ((450, "0"), (1.5, "99")):
        tell(ws, told("sli", "-", days, attrs={"good": good, "total": "100"}))
    assert replayed(Workspace(ws.root, NOW), "slo_breach")["days"] == 3


def test_an_incident_that_was_open_for_years_is_stale(ws: Workspace) -> None:
    tell(ws, incident(800, fingerprint="i"))
    assert replayed(ws, "stale_incident")["days"] == 3


def test_a_long_shift_knows_what_went_before_it(ws: Workspace) -> None:
    by_bo = {"attrs": {"manual": "true", "engineer": "bo"}}
    work = [told("remediation", "done", days, duration_s=4 * 86_400.0, **by_bo) for days in (37, 36, 7.4)]
    tell(ws, *work, told("shift", "ended", 0.5, duration_s=7 * 86_400.0, attrs={"engineer": "bo"}))
    assert replayed(ws, "toil_share", days=1)["findings"] == 0
    assert replayed(ws, "toil_share", days=2)["services"] == ["checkout"]


@pytest.mark.parametrize("detector", ["incident_recurrence", "responder_concentration"])
def test_a_pattern_across_services_names_them(ws: Workspace, detector: str) -> None:
    attrs = {"pattern_key": "pool", "responder": "ana"}
    places = ("checkout", "mail", "search", "checkout", "mail", "search")
    for number, service in enumerate(places):
        tell(ws, incident(1.5 + number, service=service, fingerprint=f"i{number}", attrs=attrs))
    result = replayed(ws, detector)
    assert result["services"] == ["checkout", "mail", "search"]
    assert [one["services"] for one in result["patterns"]] == [["checkout", "mail", "search"]]


@pytest.mark.parametrize("days", [0, 3_651, 100_000_000])
def test_a_length_that_no_replay_has_is_refused(ws: Workspace, days: int) -> None:
    with pytest.raises(BadInput, match=f"^--days {days}: at (least one day|most 3650 days)"):
        backtest(ws, detector="slow_approval", days=days)


@pytest.mark.parametrize("name", ["recent_days", "before_days"])
def test_no_days_to_compare_are_refused_by_name(ws: Workspace, name: str) -> None:
    tell(ws, told("deployment", "succeeded", 1))
    with pytest.raises(BadInput, match=rf"\[detectors.dora_regression\] {name} = 0: at least 1 day is needed"):
        backtest(ws, detector="dora_regression", assignments=[f"{name}=0"], days=1)
