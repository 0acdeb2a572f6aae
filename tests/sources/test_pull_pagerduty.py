"""``pull pagerduty`` against a local server that pages, limits and fails as PagerDuty does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from vendorserver import Reply, VendorServer

from opsloop.errors import BadInput, OutsideFailed
from opsloop.sources import Delivery, load
from opsloop.verbs.coverage import coverage
from opsloop.verbs.pull import pull
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.servers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "pd-read-only-key-77"
KINDS = ("trigger_log_entry", "notify_log_entry", "acknowledge_log_entry", "resolve_log_entry")


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class PagerDuty:
    """Incidents that take twenty minutes each, a hundred objects a page, no page behind ``offset_limit``."""

    def __init__(self, times, offset_limit=10_000):
        self.offset_limit = offset_limit
        self.incidents = [self.incident(number, at) for number, at in enumerate(times)]
        self.entries = [
            {
                "type": kind,
                "created_at": stamp(at + timedelta(minutes=5 * step)),
                "incident": {"id": f"P{number}"},
                "agent": {"type": "user_reference", "summary": "Rin Sato"},
            }
            for number, at in enumerate(times)
            for step, kind in enumerate(KINDS)
        ]
        self.troubles = []

    def incident(self, number, at):
        return {
            "id": f"P{number}",
            "incident_number": number,
            "title": "Checkout returns 5xx",
            "created_at": stamp(at),
            "status": "resolved",
            "urgency": "high",
            "service": {"summary": "checkout"},
            "priority": {"summary": "P1"},
        }

    def __call__(self, asked):
        if asked.headers.get("authorization") != f"Token token={TOKEN}":
            return Reply(status=401, body={"error": {"message": "Account not found"}})
        if self.troubles:
            return self.troubles.pop(0)
        name = asked.path.rpartition("/")[2]
        if name not in {"incidents", "log_entries"}:
            return Reply(body={"incident": next(item for item in self.incidents if item["id"] == name)})
        begin, end = (datetime.fromisoformat(asked.query[key]) for key in ("since", "until"))
        items = self.incidents if name == "incidents" else self.entries
        found = [item for item in items if begin <= datetime.fromisoformat(item["created_at"]) < end]
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        if offset + limit > self.offset_limit:
            return Reply(status=400, body={"error": {"message": "Offset limit exceeded"}})
        return Reply(
            body={
                name: found[offset : offset + limit],
                "offset": offset,
                "limit": limit,
                "more": offset + limit < len(found),
                "total": None,
            }
        )


@pytest.fixture
def ask(tmp_path, monkeypatch):
    monkeypatch.setenv("PAGERDUTY_TOKEN", TOKEN)

    def ask(server, now=NOW, since=None, **options):
        return pull(Workspace(tmp_path, now), "pagerduty", options={"url": server.url, **options}, since=since)

    ask.root = tmp_path
    return ask


def hourly(count):
    return [NOW - timedelta(hours=number + 1) for number in range(count)]


def test_states_come_from_the_log_entries_of_every_page(ask):
    with VendorServer(PagerDuty(hourly(150))) as server:
        first, second = ask(server), ask(server)
    assert (first["accepted"], first["duplicates"]) == (450, 0)
    assert second["accepted"] == 0
    signals = Workspace(ask.root, NOW).store.read(service="checkout")
    assert {signal.status for signal in signals} == {"detected", "acknowledged", "resolved"}
    assert {signal.severity for signal in signals} == {"P1"}
    assert {signal.duration_s for signal in signals if signal.status == "resolved"} == {900.0}


def test_a_pull_is_noted_so_that_its_end_would_be_noticed(ask):
    with VendorServer(PagerDuty(hourly(2))) as server:
        ask(server)
    (told,) = coverage(Workspace(ask.root, NOW))["sources"]
    assert (told["source"], told["origin"], told["signals"]) == ("pagerduty", "pull", 6)


def test_a_pull_and_a_webhook_tell_an_event_under_one_id(ask):
    at = NOW - timedelta(hours=1)
    with VendorServer(PagerDuty([at])) as server:
        ask(server)
    body = {
        "event": {
            "id": "01X",
            "event_type": "incident.triggered",
            "occurred_at": f"{stamp(at)[:-1]}.412Z",
            "data": {"id": "P0", "created_at": stamp(at)},
        }
    }
    posted = load("pagerduty").parse(Delivery(body=json.dumps(body).encode(), received_at=NOW), {})
    assert posted.signals[0].id in {signal.id for signal in Workspace(ask.root, NOW).store.read()}


def test_an_incident_of_an_earlier_span_is_asked_for_by_its_id(ask):
    server_state = PagerDuty([NOW - timedelta(minutes=11)])
    with VendorServer(server_state) as server:
        ask(server)
        later = ask(server, NOW + timedelta(hours=2))
    assert server.count("/incidents/P0") == 1
    assert later["accepted"] == 1


def test_an_incident_of_an_earlier_span_is_asked_for_where_services_are_chosen_too(ask):
    state = PagerDuty([NOW - timedelta(minutes=11)] * 3)
    for number, service in enumerate(("SVC1", "SVC2", "SVC1")):
        state.incidents[number]["service"]["id"] = service
    for entry in state.entries:
        entry["service"] = {"id": state.incidents[int(entry["incident"]["id"][1:])]["service"]["id"]}
        if entry["incident"]["id"] == "P2":
            del entry["service"]
    with VendorServer(state) as server:
        ask(server, service_ids=["SVC1"])
        later = ask(server, NOW + timedelta(hours=2), service_ids=["SVC1"])
        assert server.count("/incidents/P1") == 0, "its entries say that it is another service's"
    assert later["accepted"] == 2
    ended = [signal.fingerprint for signal in Workspace(ask.root, NOW).store.read() if signal.status == "resolved"]
    assert ended == ["P0", "P2"]


def test_a_first_pull_that_was_cut_off_goes_on_from_where_it_was_meant_to_begin(ask):
    weeks = [NOW - timedelta(days=7 * week + 3) for week in range(50)]
    state, limit = PagerDuty(weeks), Reply(status=429, body={}, headers={"Retry-After": "7200"})
    questions = iter(range(20))
    with VendorServer(lambda asked: limit if next(questions, None) is None else state(asked)) as server:
        with pytest.raises(OutsideFailed, match="goes on where it is"):
            ask(server, since=stamp(NOW - timedelta(days=365)))
        questions = iter(range(1000))
        ask(server)
    assert len(Workspace(ask.root, NOW).store.read()) == 50 * 3


def test_a_span_with_more_than_pagerduty_gives_is_halved(ask, monkeypatch):
    monkeypatch.setattr("opsloop.sources.pagerduty.pull._OFFSET_LIMIT", 300)
    with VendorServer(PagerDuty(hourly(160), offset_limit=300)) as server:
        assert ask(server)["accepted"] == 480


def test_a_rate_limit_and_a_failing_server_are_waited_for(ask):
    state = PagerDuty(hourly(2))
    state.troubles = [
        Reply(status=429, body={"error": {"message": "Rate limit exceeded"}}, headers={"ratelimit-reset": "1"}),
        Reply(status=502, body={}),
    ]
    with VendorServer(state) as server:
        assert ask(server)["accepted"] == 6


@pytest.mark.parametrize("damaged", ["", "[1]", '{"default": 7}', "{"])
def test_a_damaged_cursor_only_means_asking_again(ask, damaged):
    with VendorServer(PagerDuty(hourly(2))) as server:
        ask(server)
        (ask.root / ".opsloop" / "cursors" / "pagerduty.json").write_text(damaged, encoding="utf-8")
        again = ask(server)
    assert (again["accepted"], again["duplicates"]) == (0, 6)


def test_a_token_may_stand_in_a_file(tmp_path, ask, monkeypatch):
    monkeypatch.delenv("PAGERDUTY_TOKEN")
    with VendorServer(PagerDuty(hourly(1))) as server:
        with pytest.raises(BadInput, match="no PagerDuty token"):
            ask(server)
        file = tmp_path / "token"
        file.write_text(TOKEN + "\n", encoding="utf-8")
        assert ask(server, token_file=str(file))["accepted"] == 3


def test_an_answer_of_another_form_is_not_taken_for_silence(ask):
    with VendorServer(lambda asked: Reply(body={"items": []})) as server, pytest.raises(OutsideFailed, match="no list"):
        ask(server)
    assert not (ask.root / ".opsloop" / "cursors" / "pagerduty.json").exists()


def test_an_incident_that_is_not_to_be_had_does_not_end_every_pull(ask):
    state = PagerDuty([NOW - timedelta(minutes=11)])
    gone = Reply(status=404, body={"error": {"message": "Not Found"}})
    with VendorServer(lambda asked: gone if asked.path == "/incidents/P0" else state(asked)) as server:
        ask(server)
        assert ask(server, NOW + timedelta(hours=2))["accepted"] == 0
        assert server.count("/incidents/P0") == 1
