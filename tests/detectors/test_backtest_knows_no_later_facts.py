"""A back-test dates each finding by what was known then: it tells the days on which detection would have found it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opsloop import detectors
from opsloop.config import Settings
from opsloop.model import Signal
from opsloop.signals.table import from_signals
from opsloop.verbs.replay import replay

START = datetime(2026, 3, 9, tzinfo=UTC)
DAYS = 5


def told(kind: str, status: str, hours: float, fingerprint: str | None = None, **fields: Any) -> Signal:
    """A signal so many hours after START."""
    at = START + timedelta(hours=hours)
    known = {"id": f"{kind}-{status}-{hours}-{fingerprint}", "source": "test", "service": "checkout", "name": "Pool"}
    return Signal(kind=kind, status=status, at=at, fingerprint=fingerprint, **known | fields)


def depth(hours: float, value: float) -> Signal:
    return told("sample", "-", hours, name="queue_depth", value=value, attrs={"resource": "orders"})


BY_PEOPLE = {"attrs": {"detected_by": "human"}}
IN_PRODUCTION = {"environment": "production"}
STORIES = {
    "coverage_gap: who found it is told the next day": [
        told("incident", "detected", 1, "a", **BY_PEOPLE),
        told("incident", "started", 23, "b"),
        told("incident", "detected", 25, "b", **BY_PEOPLE),
    ],
    "queue_growth: the third rising sample is of the next day": [depth(22.5, 1), depth(23.5, 5), depth(24.5, 9)],
    "mttr_exceeded: the severity is raised after the end": [
        told("incident", "detected", 8, "a", severity="P3"),
        told("incident", "resolved", 20, "a", severity="P3"),
        told("incident", "mitigated", 49, "a", severity="P1"),
    ],
    "mttr_exceeded: past the target of the severity it had then": [
        told("incident", "detected", 8, "a", severity="P3"),
        told("incident", "mitigated", 49, "a", severity="P1"),
        told("incident", "resolved", 50, "a", severity="P1"),
    ],
    "post_deploy_regression: the deployment is named as it is resolved": [
        told("deployment", "succeeded", 1, "d", **IN_PRODUCTION),
        told("incident", "detected", 30, "i"),
        told("incident", "resolved", 50, "i", attrs={"deployment": "d"}),
    ],
    "post_deploy_regression: time alone told it before": [
        told("deployment", "succeeded", 1, "d", **IN_PRODUCTION),
        told("incident", "detected", 3, "i"),
        told("incident", "resolved", 50, "i", attrs={"deployment": "d"}),
    ],
    "manual_pipeline_step: the deployment ends the next day": [
        told("deployment", "started", 23.5, "d", **IN_PRODUCTION),
        told("step", "done", 23.8, attrs={"manual": "true"}, duration_s=60.0),
        told("deployment", "succeeded", 24.2, "d", **IN_PRODUCTION),
    ],
    "slow_approval: answered in time, and again": [
        told("approval", "requested", 1, "p"),
        told("approval", "granted", 1.1, "p"),
        told("approval", "granted", 30, "p"),
    ],
}
NAMED_AT_THE_END = {"attrs": {"pattern_key": "pool"}}
STORIES |= {
    "incident_recurrence: the pattern is named as it is resolved": [
        told("incident", "detected", 1, "a", service="mail", **NAMED_AT_THE_END),
        told("incident", "detected", 30, "b"),
        told("incident", "resolved", 50, "b", **NAMED_AT_THE_END),
    ],
    "incident_recurrence: nameless, it followed one of its service; then it is named another": [
        told("incident", "detected", 1, "a", attrs={"pattern_key": "disk"}),
        told("incident", "detected", 30, "b", name=None),
        told("incident", "resolved", 80, "b", **NAMED_AT_THE_END),
    ],
    "incident_recurrence: one of three is merged with another service's later": [
        told("incident", "detected", 1, "a", **NAMED_AT_THE_END),
        told("incident", "detected", 26, "b", **NAMED_AT_THE_END),
        told("incident", "detected", 27, "c", **NAMED_AT_THE_END),
        told("incident", "resolved", 73, "c", service="mail", attrs={"pattern_key": "disk"}),
    ],
    "mttr_exceeded: resolved in time, opened again, and resolved late": [
        told("incident", "detected", 1, "a", severity="P1"),
        told("incident", "resolved", 2, "a", severity="P1"),
        told("incident", "detected", 49, "a", severity="P1"),
        told("incident", "resolved", 75, "a", severity="P1"),
    ],
    "mttr_exceeded: resolved in time, and resolved again the day after": [
        told("incident", "detected", 1, "a", severity="P1"),
        told("incident", "resolved", 2, "a", severity="P1"),
        told("incident", "resolved", 30, "a", severity="P1"),
    ],
    "mttr_exceeded: past the target while it was only known to have started": [
        told("incident", "started", 1, "a", severity="P1"),
        told("incident", "detected", 26, "a", severity="P1"),
        told("incident", "resolved", 27, "a", severity="P1"),
    ],
}
NOTHING = {"slow_approval: answered in time, and again"}


def replayed(name: str, signals: list[Signal]) -> set[tuple[str, str]]:
    """Patterns and the days on which a back-test of everything says that they were found."""
    dates = [(START + timedelta(days=number)).date() for number in range(DAYS)]
    end = datetime.combine(dates[-1], time.max, UTC)
    rows = replay(detectors.load(name), from_signals(signals), dates, end, Settings())
    return {(row.pattern_key, row.day) for row in rows}


def day_by_day(name: str, signals: list[Signal]) -> set[tuple[str, str]]:
    """The same of detection at the end of each day: what tells of an occurrence that was not told the day before."""
    told, before = set(), {}
    for number in range(1, DAYS + 1):
        day = (START + timedelta(days=number - 1)).date().isoformat()
        today = {(row["pattern_key"], row["service"]): set(row["evidence"]) for row in found(name, signals, number)}
        told |= {(key[0], day) for key, ids in today.items() if ids - before.get(key, set())}
        before = today
    return told


def found(name: str, signals: list[Signal], days: int) -> list[dict[str, Any]]:
    """What was found at the end of the last of so many days."""
    now = datetime.combine(START + timedelta(days=days - 1), time.max, UTC)
    past = from_signals([signal for signal in signals if signal.at <= now])
    return detectors.load(name).detect(past, now=now, settings=Settings()).to_pyarrow().to_pylist()


@pytest.mark.parametrize("story", STORIES)
def test_a_fact_counts_from_when_it_was_told(story: str) -> None:
    name = story.partition(":")[0]
    assert replayed(name, STORIES[story]) == day_by_day(name, STORIES[story])
    assert bool(replayed(name, STORIES[story])) is (story not in NOTHING)


@pytest.mark.slow
@given(st.integers(20, 23), st.lists(st.integers(0, 3), min_size=3, max_size=10))
@example(23, [0, 1, 2, 3])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_queue_has_grown_from_the_sample_on_that_showed_it(hour: int, depths: list[int]) -> None:
    signals = [depth(hour + number / 2, float(value)) for number, value in enumerate(depths)]
    assert replayed("queue_growth", signals) == day_by_day("queue_growth", signals)
