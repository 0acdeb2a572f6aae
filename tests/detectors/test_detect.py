"""detect writes each pattern once, keeps it up to date from the evidence, and leaves closed ones alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pace import first_now

from opsloop.config import Engine
from opsloop.errors import BadInput, NotFound
from opsloop.model import Entry, Signal
from opsloop.signals import history
from opsloop.verbs.backtest import backtest
from opsloop.verbs.detect import detect
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def incident(days: float, key: str = "connection_pool", **fields: Any) -> Signal:
    at = NOW - timedelta(days=days)
    return Signal(
        id=f"i{days}{key}{fields.get('service', '')}",
        source="test",
        kind="incident",
        status="started",
        at=at,
        service=fields.pop("service", "checkout"),
        fingerprint=f"f{days}{key}{fields.get('fingerprint', '')}",
        attrs={"pattern_key": key, **fields.pop("attrs", {})},
        severity=fields.pop("severity", "P2"),
    )


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    (tmp_path / "opsloop.toml").write_text(
        "\n".join(f"[detectors.{name}]\nenabled = false" for name in _others("incident_recurrence")), encoding="utf-8"
    )
    return Workspace(tmp_path, NOW)


def _others(name: str) -> list[str]:
    from opsloop import detectors

    return [other for other in detectors.names() if other != name]


def tell(ws: Workspace, *signals: Signal) -> None:
    ws.store.append(signals, origin="test", now=NOW)


def entry(ws: Workspace) -> Entry:
    (only,) = Workspace(ws.root, NOW).journal.entries()
    return only


def test_a_new_pattern_becomes_an_entry_with_every_field_the_signals_fill(ws: Workspace) -> None:
    tell(ws, incident(3, attrs={"team": "payments", "root_cause": "pool of 50"}), incident(1))
    (found,) = detect(ws)["findings"]
    written = entry(ws)
    assert found["entry_id"] == written.id
    assert (found["state"], found["count"], found["priority"]) == ("new", 2, "medium")
    assert written.kind == "issue"
    assert (written.status, written.severity, written.area) == ("pending", "P2", "incident_management")
    assert written.pattern_key == "incident_pattern.connection_pool"
    assert written.service == "checkout"
    assert written.metadata["Recurrence-Count"] == "2"
    assert (written.metadata["First-Seen"], written.metadata["Last-Seen"]) == ("2026-05-17", "2026-05-19")
    assert written.metadata["Teams"] == "payments"
    assert written.root_cause == "pool of 50"
    assert "within 30 days" in written.details
    assert found["metrics"]["definition"] in written.details
    assert written.timeline[0] == ("2026-05-17 12:00", "First occurrence")
    assert written.action_items


@pytest.mark.slow
def test_how_long_it_lasted_is_told_where_the_signals_tell_it(ws: Workspace) -> None:
    tell(ws, incident(3), incident(1))
    detect(ws)
    assert entry(ws).impact["Duration"] == "2 d from first to latest occurrence"
    (ws.root / "opsloop.toml").write_text("")
    back = {"kind": "deployment", "status": "rolled_back", "fingerprint": "d1", "service": "ledger"}
    tell(ws, incident(2, attrs={"rollback_mode": "manual"})._replace(**back))
    detect(Workspace(ws.root, NOW))
    once = next(one for one in Workspace(ws.root, NOW).journal.entries() if one.service == "ledger")
    assert once.impact["Duration"] == "not known"


def test_a_second_run_changes_nothing(ws: Workspace) -> None:
    tell(ws, incident(3), incident(1))
    detect(ws)
    path = ws.root / ".learnings" / "OPERATIONS_ISSUES.md"
    before = path.read_bytes()
    document = detect(Workspace(ws.root, NOW + timedelta(hours=5)))
    assert [one["state"] for one in document["findings"]] == ["unchanged"]
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_known_pattern_updates_its_entry_and_rises_in_priority(ws: Workspace) -> None:
    tell(ws, incident(5), incident(3))
    detect(ws)
    tell(ws, incident(1))
    (found,) = detect(Workspace(ws.root, NOW))["findings"]
    assert found["state"] == "updated"
    assert entry(ws).metadata["Recurrence-Count"] == "3"
    assert entry(ws).metadata["Last-Seen"] == "2026-05-19"
    assert entry(ws).priority == "high"


@pytest.mark.slow
def test_the_figures_in_its_sentences_are_brought_up_to_date(ws: Workspace) -> None:
    tell(ws, incident(5), incident(3))
    detect(ws)
    assert "2 incidents" in entry(ws).summary
    ws.journal.edit(entry(ws).id, lambda old: replace(old, details=f"{old.details}\nAsk Ana."))
    tell(ws, incident(1))
    detect(Workspace(ws.root, NOW))
    assert "3 incidents" in entry(ws).summary
    first, *_, last = (entry(ws).details or "").splitlines()
    assert "3 incidents" in first
    assert "Occurrences: 3 times" in (entry(ws).details or "")
    assert last == "Ask Ana."


@pytest.mark.slow
def test_a_pattern_that_came_three_times_and_its_namesake_see_each_other(ws: Workspace) -> None:
    by_hand = Entry(kind="learning", category="toil_accumulation", summary="The pool is small", priority="low")
    known = ws.journal.append(replace(by_hand, metadata={"Pattern-Key": "toil_accumulation.connection_pool"}))
    tell(ws, incident(5), incident(3))
    detect(ws)
    found = next(one for one in Workspace(ws.root, NOW).journal.entries() if one.id != known.id)
    assert "See Also" not in found.metadata, "two are not yet a recurring pattern"
    tell(ws, incident(1))
    detect(Workspace(ws.root, NOW))
    journal = Workspace(ws.root, NOW).journal
    assert journal.get(found.id).metadata["See Also"] == known.id
    assert journal.get(known.id).metadata["See Also"] == found.id


@pytest.mark.slow
def test_what_a_person_wrote_stays(ws: Workspace) -> None:
    tell(ws, incident(5), incident(3))
    detect(ws)
    ws.journal.edit(entry(ws).id, lambda old: replace(old, summary="My words", priority="critical"))
    tell(ws, incident(1))
    detect(Workspace(ws.root, NOW))
    assert (entry(ws).summary, entry(ws).priority) == ("My words", "critical")


@pytest.mark.slow
def test_a_closed_pattern_is_never_written_again(ws: Workspace) -> None:
    tell(ws, incident(5), incident(3))
    detect(ws)
    closed = {"Resolved": "2026-05-18T12:00:00Z"}
    ws.journal.edit(entry(ws).id, lambda old: replace(old, status="resolved", resolution=closed))
    before = entry(ws)
    assert [one["state"] for one in detect(Workspace(ws.root, NOW))["findings"]] == ["closed"]
    tell(ws, incident(1))
    assert [one["state"] for one in detect(Workspace(ws.root, NOW))["findings"]] == ["returned"]
    assert entry(ws) == before


@pytest.mark.slow
def test_an_entry_by_hand_with_the_same_pattern_key_is_the_one(ws: Workspace) -> None:
    by_hand = Entry(kind="learning", category="incident_pattern", summary="Seen it", priority="low")
    ws.journal.append(replace(by_hand, metadata={"Pattern-Key": "incident_pattern.connection_pool"}))
    tell(ws, incident(5), incident(3))
    detect(ws)
    assert entry(ws).metadata["Recurrence-Count"] == "2"
    assert entry(ws).priority == "medium"


def test_a_dry_run_writes_nothing(ws: Workspace) -> None:
    tell(ws, incident(5), incident(3))
    (found,) = detect(ws, dry_run=True)["findings"]
    assert found["entry_id"] is None
    assert not (ws.root / ".learnings").exists()


@pytest.mark.slow
def test_since_reports_what_showed_since_then_with_all_that_is_stored_of_it(ws: Workspace) -> None:
    tell(ws, *(incident(days) for days in (80, 60, 40, 20)))
    assert detect(ws, dry_run=True, since=NOW - timedelta(days=10))["findings"] == []
    detect(ws)
    tell(ws, incident(1))
    (found,) = detect(Workspace(ws.root, NOW), since=NOW - timedelta(days=2))["findings"]
    assert found["count"] == 5
    assert entry(ws).metadata["First-Seen"] == "2026-03-01"
    assert entry(ws).metadata["Recurrence-Count"] == "5"


@pytest.mark.parametrize(("since", "times"), [("09:59", 1), ("13:00", 1), ("13:01", 0)])
def test_since_asks_when_it_became_known(tmp_path: Path, since: str, times: int) -> None:
    ws = Workspace(tmp_path, NOW.replace(hour=20))
    opened = incident(0, severity="P1")._replace(at=NOW.replace(hour=9))
    tell(ws, opened)
    hour, minute = map(int, since.split(":"))
    moment = NOW.replace(hour=hour, minute=minute)
    assert len(detect(ws, since=moment, only=["mttr_exceeded"])["findings"]) == times


@pytest.mark.slow
def test_signals_that_could_not_be_used_are_counted(ws: Workspace) -> None:
    tell(ws, incident(-3), incident(1)._replace(status="resolved", service=None))
    assert detect(ws)["unusable"] == [
        {"reason": "from the future", "count": 1},
        {"reason": "incident neither started nor detected", "count": 1},
    ]


def test_an_unknown_threshold_is_named(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text("[detectors.alert_fatigue]\nmax_per_day = 3\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"\[detectors.alert_fatigue\] max_per_day: no such threshold"):
        detect(Workspace(tmp_path, NOW))
    (tmp_path / "opsloop.toml").write_text("[detectors.nonsense]\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no such detector"):
        detect(Workspace(tmp_path, NOW))


@pytest.mark.slow
def test_a_back_test_tells_patterns_days_and_services_and_writes_nothing(ws: Workspace) -> None:
    tell(ws, incident(40), incident(30), incident(20), incident(1, "disk", service="search"))
    (result,) = backtest(ws, detector="incident-recurrence")["results"]
    assert (result["findings"], result["days"], result["services"]) == (1, 2, ["checkout"])
    assert sorted(result["by_day"]) == ["2026-04-20", "2026-04-30"]
    (stricter,) = backtest(ws, detector="incident_recurrence", assignments=["window_days=5"])["results"]
    assert (stricter["findings"], stricter["thresholds"]["window_days"]) == (0, 5)
    assert not (ws.root / ".learnings").exists()


@pytest.mark.parametrize(
    ("assignment", "error"),
    first_now([("window_days", BadInput), ("nonsense=1", BadInput), ("window_days=-1", BadInput)]),
)
def test_a_back_test_refuses_what_it_does_not_know(ws: Workspace, assignment: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        backtest(ws, detector="incident_recurrence", assignments=[assignment])
    with pytest.raises(NotFound):
        backtest(ws, detector="nonsense")


def test_another_engine_keeps_the_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "opsloop.toml").write_text("[engine]\nname = 'spark'\nmemory_mb = 256\n", encoding="utf-8")
    asked: list[Engine] = []
    table = history.engine_table
    monkeypatch.setattr(history, "engine_table", lambda engine, *rest: (asked.append(engine), table(engine, *rest))[1])
    detect(Workspace(tmp_path, NOW), engine="duckdb", dry_run=True)
    assert [(one.address, one.memory_mb) for one in asked] == [("duckdb", 256)]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (
            "[detectors]\nmttr_exceeded = 3",
            r"\[detectors\] mttr_exceeded = 3: .* is a table, \[detectors.mttr_exceeded\]",
        ),
        ("[detectors.mttr-exceeded]\n[detectors.mttr_exceeded]", r"\[detectors.mttr_exceeded\] is there twice"),
        ("[detectors.incident_recurrence]\nwindow_days = -1", "window_days = -1: must be above 0"),
        ("[detectors.incident_recurrence]\nwindow_days = 0", "window_days = 0: must be above 0"),
        ("[detectors.alert_recurrence]\nmin_episodes = -1", "min_episodes = -1: must not be below 0"),
        ("[detectors.alert_recurrence]\nmin_episodes = 'x'", "min_episodes = 'x': should be like 3"),
        ("[detectors.saturation]\ncpu_ratio = 85", "cpu_ratio = 85: must be a share between 0 and 1, such as 0.85"),
        ("[detectors.change_failure_rate]\nmax_failure_rate = 15", "max_failure_rate = 15: must be a share"),
        ("[detectors.toil_share]\nmax_share = 50.0", "max_share = 50.0: must be a share"),
    ],
)
def test_a_wrong_setting_says_in_one_line_what_is_wrong(tmp_path: Path, settings: str, wanted: str) -> None:
    (tmp_path / "opsloop.toml").write_text(settings, encoding="utf-8")
    with pytest.raises(BadInput, match=wanted) as caught:
        detect(Workspace(tmp_path, NOW))
    assert "\n" not in str(caught.value)


def test_a_threshold_beyond_all_time_is_refused_and_one_that_nothing_reaches_is_not(ws: Workspace) -> None:
    tell(ws, incident(3), incident(1))
    (ws.root / "opsloop.toml").write_text("[detectors.alert_fatigue]\nmax_episodes_per_day = 1000000\n")
    assert detect(Workspace(ws.root, NOW))["findings"]
    (ws.root / "opsloop.toml").write_text("[detectors.incident_recurrence]\nwindow_days = 1e12\n")
    with pytest.raises(BadInput, match="window_days = 1000000000000"):
        detect(Workspace(ws.root, NOW))
