"""Whatever signals come, no detector crashes, the order of rows does not matter, and no back-test looks ahead."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsloop import detectors
from opsloop.config import Settings
from opsloop.detect import find
from opsloop.model import KINDS, Signal
from opsloop.signals.table import from_signals

START = datetime(2026, 3, 25, tzinfo=UTC)
DAYS = 12
NOW = START + timedelta(days=DAYS)
ATTRS = {
    "pattern_key": st.sampled_from(["pool", "incident_pattern.disk", " "]),
    "root_cause": st.sampled_from(["DNS", "dns"]),
    "deployment": st.sampled_from(["a", "b"]),
    "rolls_back": st.sampled_from(["a", "b"]),
    "rollback_mode": st.sampled_from(["manual", "automatic"]),
    "detected_by": st.sampled_from(["human", "alert"]),
    "alert": st.sampled_from(["cpu", "checkout"]),
    "incident": st.sampled_from(["a", "b"]),
    "action": st.just("none"),
    "manual": st.sampled_from(["true", "no"]),
    "rotates": st.just("secret"),
    "engineer": st.sampled_from(["ana", "ben"]),
    "responder": st.sampled_from(["ana", "ben"]),
    "resource": st.sampled_from(["node-1", "node-2"]),
    "team": st.sampled_from(["x", "y"]),
    "good": st.sampled_from(["0", "90", "100", "much", "-1"]),
    "total": st.sampled_from(["100", "0", "1e400"]),
    "objective": st.sampled_from(["0.9", "1.0", "0"]),
}


@st.composite
def a_signal(draw: st.DrawFn) -> Signal:
    kind = draw(st.sampled_from(sorted(KINDS)))
    minutes = draw(st.integers(-60, DAYS * 24 * 60 + 600))
    return Signal(
        id="",
        source="random",
        kind=kind,
        status=draw(st.sampled_from(sorted(KINDS[kind]))),
        at=START + timedelta(minutes=minutes),
        service=draw(st.sampled_from(["checkout", "search", None])),
        environment=draw(st.sampled_from(["production", "staging", None])),
        name=draw(st.sampled_from(["cpu", "disk", "queue_depth", "checkout", "名前", "***", None])),
        severity=draw(st.sampled_from(["P1", "P2", "P3", "P4", None])),
        fingerprint=draw(st.sampled_from(["a", "b", None])),
        duration_s=draw(st.sampled_from([None, 0.0, 3_000.0, 50_000.0, -5.0])),
        value=draw(st.sampled_from([None, 0.5, 0.95, 1.0, 70.0, -3.0])),
        attrs=draw(st.fixed_dictionaries({}, optional=ATTRS)),
    )


HISTORIES = st.lists(a_signal(), max_size=60).map(
    lambda signals: [_with_id(signal, number) for number, signal in enumerate(signals)]
)


def _with_id(signal: Signal, number: int) -> Signal:
    return signal._replace(id=f"s{number}")


@pytest.mark.slow
@given(HISTORIES, st.randoms(use_true_random=False))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_history_gives_the_same_findings_in_any_order(signals: list[Signal], chance) -> None:
    found = find(from_signals(signals), now=NOW, settings=Settings())
    shuffled = list(signals)
    chance.shuffle(shuffled)
    assert find(from_signals(shuffled), now=NOW, settings=Settings()) == found
    known = {signal.id for signal in signals if signal.at <= NOW}
    for finding in found:
        assert set(finding.evidence) <= known
        assert len(finding.evidence) == finding.count
        assert finding.first_seen <= finding.last_seen <= NOW
        assert finding.pattern_key.startswith(finding.category + ".")


CAUSAL = [
    "alert_recurrence",
    "alert_fatigue",
    "coverage_gap",
    "repeated_remediation",
    "canary_regression",
    "slow_approval",
]


@st.composite
def a_told_story(draw: st.DrawFn) -> list[Signal]:
    """Signals whose facts do not change after the event: what a replay can know."""
    signals = []
    for number in range(draw(st.integers(1, 40))):
        at = START + timedelta(minutes=draw(st.integers(0, DAYS * 24 * 60 - 1)))
        kind, status = draw(
            st.sampled_from(
                [
                    ("alert", "firing"),
                    ("incident", "started"),
                    ("remediation", "done"),
                    ("canary", "failed"),
                    ("approval", "requested"),
                ]
            )
        )
        name = draw(st.sampled_from(["cpu", "disk"]))
        attrs = {"manual": "true", "detected_by": "human"}
        signals.append(
            Signal(
                id=f"s{number}",
                source="s",
                kind=kind,
                status=status,
                at=at,
                service="checkout",
                name=name,
                fingerprint=f"f{number}",
                attrs=attrs,
            )
        )
    return signals


@pytest.mark.slow
@given(a_told_story())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_pass_tells_the_days_that_a_replay_day_by_day_finds(signals: list[Signal]) -> None:
    everything = from_signals(signals)
    for name in CAUSAL:
        detector = detectors.load(name)
        rows = detector.detect(everything, now=NOW, settings=Settings()).to_pyarrow().to_pylist()
        told = {(row["pattern_key"], row["service"], day) for row in rows for day in row["days"]}
        replayed = set()
        for back in range(DAYS):
            day = (START + timedelta(days=back)).date()
            end = datetime.combine(day, time.max, UTC)
            past = everything.filter(everything.at <= end.replace(tzinfo=None))
            for row in detector.detect(past, now=end, settings=Settings()).to_pyarrow().to_pylist():
                if day.isoformat() in row["days"]:
                    replayed.add((row["pattern_key"], row["service"], day.isoformat()))
        assert told == replayed, name
