"""What cannot be known of a source is said: silence, what was cut off, what is never sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.verbs.coverage import check, coverage, unheard
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
THIS_HOUR = int(NOW.timestamp()) // 3600


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, NOW)


def hear(ws: Workspace, source: str, hours_ago: range, *, resolved: int = 1, doubts: int = 0) -> None:
    ws.store.hot.hear((source, THIS_HOUR - ago, 1, 2, resolved, doubts) for ago in hours_ago)


def told(ws: Workspace) -> dict[str, Any]:
    (source,) = coverage(ws)["sources"]
    return dict(source)


def test_nothing_heard_is_an_empty_document(ws: Workspace) -> None:
    assert coverage(ws) == {"sources": [], "receiver_gaps": []}
    assert not list(check(ws))


def test_a_steady_source_has_no_gaps_and_no_doubts(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(100))
    source = told(ws)
    assert (source["deliveries"], source["signals"], source["gaps"], source["doubts"]) == (100, 200, [], [])
    assert source["last"] == "2026-03-10T12:00:00Z"


def test_a_silence_within_is_a_gap_and_one_until_now_also_a_doubt(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(40, 60))
    hear(ws, "alertmanager", range(100, 120))
    source = told(ws)
    assert source["gaps"] == [
        {"from": "2026-03-06T08:00:00Z", "to": "2026-03-08T01:00:00Z"},
        {"from": "2026-03-08T20:00:00Z", "to": "2026-03-10T12:00:00Z"},
    ]
    assert "silent since 2026-03-08T20:00:00Z" in source["doubts"][0]
    assert [trouble.where for trouble in check(ws)] == ["alertmanager"]


def test_a_source_that_speaks_once_a_day_is_not_silent_at_night(ws: Workspace) -> None:
    hear(ws, "jenkins", range(0, 240, 24))
    assert told(ws)["gaps"] == []


def test_alerts_that_never_resolve_and_alerts_that_were_cut_off_are_doubts(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(30), resolved=0, doubts=1)
    cut, unresolved = told(ws)["doubts"]
    assert "30 deliveries" in cut
    assert "send_resolved" in unresolved


def test_the_receivers_own_absence_is_told(ws: Workspace) -> None:
    hear(ws, "", range(10))
    hear(ws, "", range(80, 90))
    assert coverage(ws)["receiver_gaps"] == [
        {"from": str((NOW - timedelta(hours=80)).isoformat()).replace("+00:00", "Z"), "to": "2026-03-10T03:00:00Z"}
    ]


def test_what_the_receiver_could_not_hear_is_from_hour_to_hour(ws: Workspace) -> None:
    assert unheard(ws) == ()
    hear(ws, "", range(40, 60))
    hear(ws, "", range(10))
    hear(ws, "alertmanager", range(100, 120))
    assert unheard(ws) == ((NOW - timedelta(hours=39), NOW - timedelta(hours=9)),)
