"""One event has one id however often it is told; what begins and what ends share a fingerprint."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import opsloop.sources
from opsloop.sources import Delivery, load
from opsloop.sources.labels import fingerprint_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FOLDER = Path(opsloop.sources.__file__).parent
EPISODES = [
    ("azure_monitor", "fired", "resolved"),
    ("cloudwatch", "alarm", "raw-ok"),
    ("datadog", "triggered", "recovered"),
    ("github", "deployment-requested", "deployment-succeeded"),
    ("github", "review-requested", "review-approved"),
    ("gitlab", "merge-request-opened", "merge-request-merged"),
    ("google_cloud_monitoring", "open", "closed"),
    ("grafana_oncall", "created", "resolved"),
    ("healthchecks", "down", "flat-up"),
    ("newrelic", "activated", "closed"),
    ("opsgenie", "created", "closed"),
    ("pagerduty", "v3-triggered", "v3-resolved"),
    ("pingdom", "down", "up-without-epoch"),
    ("sentry", "issue-created", "issue-resolved"),
    ("statuspage", "investigating", "resolved"),
    ("uptime_kuma", "down", "up"),
    ("uptimerobot", "down", "up-without-time"),
    ("zabbix", "problem", "recovered"),
]


def signals(name, body, *, headers=None, options=None, received_at=NOW):
    delivery = Delivery(body=json.dumps(body).encode(), headers=headers or {}, received_at=received_at)
    return load(name).parse(delivery, options or {}).signals


def of_case(name, case):
    told = json.loads((FOLDER / name / "cases" / f"{case}.json").read_text(encoding="utf-8"))
    return signals(name, told["body"], headers=told.get("headers"), options=told.get("options"))


@pytest.mark.parametrize(("name", "begins", "ends"), EPISODES, ids=lambda word: word)
def test_the_ends_of_an_episode_share_a_fingerprint_and_nothing_else(name, begins, ends):
    (first,), (last,) = of_case(name, begins), of_case(name, ends)
    assert first.fingerprint == last.fingerprint
    assert first.id != last.id
    assert first.status != last.status


def group(*alerts):
    return {
        "version": "4",
        "status": "firing",
        "alerts": [
            {
                "labels": {"alertname": "A", "service": "checkout"},
                "fingerprint": "ab",
                "endsAt": "0001-01-01T00:00:00Z",
                **alert,
            }
            for alert in alerts
        ],
    }


def test_a_group_that_is_sent_again_hours_later_tells_nothing_new():
    body = group({"status": "firing", "startsAt": "2026-03-02T08:00:00Z"})
    first, again = signals("alertmanager", body), signals("alertmanager", body, received_at=NOW + timedelta(hours=4))
    assert first == again


def test_an_alert_that_fires_again_is_another_event_of_the_same_series():
    body = group(
        {"status": "firing", "startsAt": "2026-03-02T08:00:00Z"},
        {"status": "firing", "startsAt": "2026-03-02T08:30:00Z"},
    )
    first, second = signals("alertmanager", body)
    assert first.id != second.id
    assert first.fingerprint == second.fingerprint


def test_one_start_written_with_another_offset_is_the_same_event():
    one, other = (
        signals("alertmanager", group({"status": "firing", "startsAt": start}))[0]
        for start in ("2026-03-02T08:00:00Z", "2026-03-02T10:00:00+02:00")
    )
    assert one.id == other.id


def test_a_start_in_nanoseconds_and_one_in_milliseconds_are_the_same_event():
    """A webhook tells the one, the API that is pulled the other."""
    one, other, next_one = (
        signals("alertmanager", group({"status": "firing", "startsAt": f"2026-03-02T08:00:00.{digits}Z"}))[0]
        for digits in ("739266876", "739", "740")
    )
    assert one.id == other.id != next_one.id


def test_a_missing_fingerprint_is_computed_as_alertmanager_does():
    """The values are what Alertmanager 0.25 answered for these labels."""
    body = group({"status": "firing", "startsAt": "2026-03-02T08:00:00Z", "fingerprint": ""})
    assert signals("alertmanager", body)[0].fingerprint == "d9a87deb9985904c"
    assert fingerprint_of({"alertname": "Ü", "service": "größe"}) == "c2aeabff192e5fab"


def test_a_body_with_neither_time_nor_id_counts_once_within_ten_minutes():
    body = {"ruleId": 7, "ruleName": "Queue", "state": "alerting"}
    at = NOW.replace(minute=1)
    first, soon, later = (
        signals("grafana", body, received_at=at + timedelta(minutes=minutes))[0].id for minutes in (0, 8, 60)
    )
    assert first == soon != later


def test_a_release_that_github_tells_three_times_is_one():
    body = {
        "release": {"id": 61, "tag_name": "v2", "published_at": "2026-03-02T08:40:00Z"},
        "repository": {"full_name": "shop/checkout"},
    }
    ids = {
        signals("github", {**body, "action": action}, headers={"x-github-event": "release"})[0].id
        for action in ("published", "released")
    }
    assert len(ids) == 1
