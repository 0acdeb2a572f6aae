"""What cannot be known of a source is said: what was cut off, what is never sent, pulls that ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.verbs.coverage import check, coverage, note_pull, unheard
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
THIS_HOUR = int(NOW.timestamp()) // 3600


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, NOW)


def hear(ws: Workspace, source: str, hours_ago: range, *, signals: int = 2, resolved: int = 1, doubts: int = 0) -> None:
    ws.store.hot.hear((source, THIS_HOUR - ago, 1, signals, resolved, doubts) for ago in hours_ago)


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
    hear(ws, "alertmanager", range(100, 500))
    source = told(ws)
    assert source["gaps"] == [
        {"from": "2026-03-06T08:00:00Z", "to": "2026-03-08T01:00:00Z"},
        {"from": "2026-03-08T20:00:00Z", "to": "2026-03-10T12:00:00Z"},
    ]
    assert "silent since 2026-03-08T20:00:00Z" in source["doubts"][0]
    assert [trouble.where for trouble in check(ws)] == ["alertmanager"]


def test_a_source_that_was_given_up_is_no_doubt_for_ever(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(31 * 24, 60 * 24))
    source = told(ws)
    assert source["gaps"] == [{"from": "2026-02-07T12:00:00Z", "to": "2026-03-10T12:00:00Z"}]
    assert source["doubts"] == []


def test_alerts_that_never_resolve_and_alerts_that_were_cut_off_are_doubts(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(30), resolved=0, doubts=1)
    cut, unresolved = told(ws)["doubts"]
    assert "30 deliveries" in cut
    assert "send_resolved" in unresolved


def test_repeats_of_what_still_fires_are_no_alerts_that_never_resolve(ws: Workspace) -> None:
    """An alert that fires for two weeks is sent again every hour; nothing of it is new."""
    hear(ws, "alertmanager", range(14 * 24 - 1), signals=0, resolved=0)
    hear(ws, "alertmanager", range(14 * 24 - 1, 14 * 24), signals=19, resolved=0)
    assert told(ws)["doubts"] == []


def test_doubts_look_back_a_month(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(30 * 24, 40 * 24), signals=20, resolved=0, doubts=1)
    hear(ws, "alertmanager", range(30 * 24), signals=0, resolved=0)
    source = told(ws)
    assert source["doubts"] == []
    assert (source["deliveries"], source["signals"]) == (40 * 24, 20 * 10 * 24), "the counts are those of all"


def test_a_resolution_of_an_older_alert_is_one(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(200), signals=1, resolved=0)
    hear(ws, "alertmanager", range(1), signals=0, resolved=1)
    assert told(ws)["doubts"] == []


def test_pulls_that_stopped_are_a_doubt_of_their_own_beside_deliveries(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(24 * 30))
    for ago in range(3, 24):
        note_pull(Workspace(ws.root, NOW - timedelta(days=ago)), "alertmanager", 9)
    posted, pulled = coverage(ws)["sources"]
    assert [posted["origin"], posted["doubts"]] == ["webhook", []]
    assert [pulled["source"], pulled["origin"], pulled["deliveries"], pulled["signals"]] == [
        "alertmanager", "pull", 21, 189,
    ]  # fmt: skip
    assert pulled["doubts"] == ["not pulled since 2026-03-07T12:00:00Z, much longer than usual"]
    (trouble,) = check(ws)
    assert "opsloop pull alertmanager" in trouble.fix


def test_pulls_that_go_on_are_no_doubt_also_without_any_news(ws: Workspace) -> None:
    for ago in range(40):
        note_pull(Workspace(ws.root, NOW - timedelta(days=ago)), "github", 0)
    assert (told(ws)["gaps"], told(ws)["doubts"]) == ([], [])


def test_what_was_left_out_of_a_pull_is_a_doubt(ws: Workspace) -> None:
    note_pull(ws, "prometheus", 3, missing=True)
    assert "1 pulls said that something was left out" in told(ws)["doubts"][0]


def test_what_was_heard_long_ago_is_let_go_when_something_is_noted(ws: Workspace) -> None:
    hear(ws, "alertmanager", range(399 * 24, 402 * 24))
    note_pull(ws, "github", 0)
    posted, _ = coverage(ws)["sources"]
    assert posted["deliveries"] == 25


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
