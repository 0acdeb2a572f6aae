"""DORA and incident figures against plain Python on random histories.

The reference is written from the definitions alone: loops over signals, no tables, nothing shared with the product.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from told import measure, only, signal, unusable

from opsloop.model import Signal

pytestmark = pytest.mark.slow

ORIGIN = datetime(2026, 3, 1, tzinfo=UTC)
START, END, NOW = (ORIGIN + timedelta(days=days) for days in (5, 35, 40))
WINDOW = {"start": "2026-03-06", "end": "2026-04-05", "now": "2026-04-10"}

moments = st.integers(0, 42 * 24).map(lambda hours: ORIGIN + timedelta(hours=hours))
services = st.sampled_from(["shop", "search", None])
names = st.sampled_from(["d1", "d2", "d3", "d4", "d5", "d6"])
incident_names = st.sampled_from(["i1", "i2", "i3", "i4", "i5", "i6", None])


@st.composite
def deployments(draw: st.DrawFn) -> Signal:
    told = {
        "first_commit_at": draw(moments.map(datetime.isoformat)),
        "rolls_back": draw(names | st.just("previous")),
        "incident": "i1",
        "unplanned": draw(st.sampled_from(["true", "false"])),
    }
    told = {key: value for key, value in told.items() if draw(st.integers(0, 4)) == 0}
    status = draw(st.sampled_from(["succeeded", "succeeded", "succeeded", "started", "failed", "rolled_back"]))
    environment = draw(st.sampled_from(["production", "live", None, "staging"]))
    name = draw(st.one_of(names, st.none()))
    return signal(f"deployment {status}", draw(moments), name, service=draw(services), environment=environment, **told)


@st.composite
def incidents(draw: st.DrawFn) -> Signal:
    told = {"deployment": draw(names), "pattern_key": draw(st.sampled_from(["a.x", "a.y"]))}
    told = {key: value for key, value in told.items() if draw(st.integers(0, 3)) == 0}
    severity = draw(st.sampled_from(["P1", "P2", "P3", "P4", None]))
    status = draw(st.sampled_from(["started", "detected", "acknowledged", "mitigated", "resolved"]))
    name, service = draw(incident_names), draw(services)
    where = draw(st.sampled_from(["production", None, None, "staging"]))
    return signal(
        f"incident {status}", draw(moments), name, service=service, severity=severity, environment=where, **told
    )


@st.composite
def changes(draw: st.DrawFn) -> Signal:
    told = {
        "deployment": draw(names),
        "first_commit_at": draw(st.one_of(st.just("?"), moments.map(datetime.isoformat))),
    }
    told = {key: value for key, value in told.items() if draw(st.booleans())}
    status = draw(st.sampled_from(["merged", "merged", "opened"]))
    name = draw(st.sampled_from(["c1", "c2", "c3", None]))
    return signal(f"change {status}", draw(moments), name, service=draw(services), **told)


def histories(*kinds: st.SearchStrategy[Signal]) -> st.SearchStrategy[list[Signal]]:
    return st.lists(st.one_of(*kinds), min_size=15, max_size=60)


def grouped(signals: list[Signal], kind: str) -> dict[str, list[Signal]]:
    """The known signals of a kind by thing, in the order of time."""
    things: dict[str, list[Signal]] = {}
    for event in sorted(signals, key=lambda event: (event.at, event.id)):
        if event.kind == kind and event.at <= NOW:
            things.setdefault(event.fingerprint or event.id, []).append(event)
    return things


def last(values: list[Any]) -> Any:
    return next((value for value in reversed(values) if value is not None), None)


def first_time(events: list[Signal], status: str) -> datetime | None:
    return min((event.at for event in events if event.status == status), default=None)


class Incident:
    def __init__(self, name: str, events: list[Signal]) -> None:
        self.name = name
        self.first = events[0].at
        self.service = last([event.service for event in events])
        self.pattern = last([event.attrs.get("pattern_key") for event in events])
        self.deployment = last([event.attrs.get("deployment") for event in events])
        self.elsewhere = last([event.environment for event in events]) == "staging" and not self.deployment
        self.severity = min((event.severity for event in events if event.severity), default=None)
        self.started, self.detected = first_time(events, "started"), first_time(events, "detected")
        self.acknowledged = first_time(events, "acknowledged")
        self.began = self.started or self.detected
        ends = [event.at for event in events if event.status == "resolved"]
        self.resolved = max(ends, default=None)
        for status in ("started", "detected"):
            times = [event.at for event in events if event.status == status]
            if ends and times and min(times) <= max(ends) < max(times):
                self.resolved = None


class Deployment:
    def __init__(self, name: str, events: list[Signal]) -> None:
        forward = [event for event in events if event.status != "rolled_back"]
        self.name = name
        self.begun = bool(forward)
        self.first = events[0].at
        self.service = last([event.service for event in events])
        self.first_commit = last([event.attrs.get("first_commit_at") for event in events])
        self.rolls_back = last([event.attrs.get("rolls_back") for event in events])
        self.incident = last([event.attrs.get("incident") for event in forward])
        self.unplanned = any(event.attrs.get("unplanned") == "true" for event in forward)
        self.at, self.failed = first_time(events, "succeeded"), first_time(events, "failed")
        itself = [e.at for e in events if e.status == "rolled_back" and e.attrs.get("rolls_back", name) == name]
        self.undone = min(itself, default=None)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] * (1 - (place - low)) + ordered[high] * (place - low)


def summary(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"n": 0, "median": None, "p90": None}
    return {
        "n": len(values),
        "median": pytest.approx(quantile(values, 0.5)),
        "p90": pytest.approx(quantile(values, 0.9)),
    }


def reference_dora(signals: list[Signal]) -> tuple[dict[str, Any], dict[str, int]]:
    reasons = Counter[str]()
    reasons["from the future"] = sum(
        event.at > NOW for event in signals if event.kind in {"deployment", "incident", "change"}
    )
    here = [event for event in signals if event.environment in {"production", "live", None}]
    runs = [Deployment(name, events) for name, events in grouped(here, "deployment").items()]
    things = [Incident(name, events) for name, events in grouped(signals, "incident").items()]
    things = [thing for thing in things if not thing.elsewhere]
    reasons["deployment without a service"] = sum(
        bool(run.at) and START <= run.at < END and run.service is None for run in runs
    )
    reached = {run.name: run for run in runs if run.at and run.service}
    causes = [(thing.began, thing.service, thing.deployment, thing, False) for thing in things if thing.began]
    for run in runs:
        if run.rolls_back and run.rolls_back != run.name:
            previous = run.rolls_back == "previous"
            causes.append((run.at or run.first, run.service, None if previous else run.rolls_back, None, previous))
        if run.undone:
            itself = run.begun or run.rolls_back == run.name
            causes.append((run.undone, run.service, run.name if itself else None, None, False))
    failed, recoveries = reference_blame(causes, reached, reasons)
    ours = [run for run in reached.values() if START <= run.at < END]
    leads = reference_lead_times(signals, reached, ours, reasons)
    rework = 0
    for run in ours:
        during = any(
            thing.began
            and thing.service == run.service
            and thing.began <= run.at
            and not (thing.resolved and thing.resolved <= run.at)
            for thing in things
        )
        rework += bool(run.incident or (run.rolls_back not in (None, run.name)) or (run.unplanned and during))
    lost = [run for run in runs if run.service and not run.at and run.failed and START <= run.failed < END]
    n = len(ours)
    figures = {
        "deployments": n if ours or lost else None,
        "failed_runs": len(lost) if ours or lost else None,
        "active_days": len({run.at.date() for run in ours}) if ours or lost else None,
        "deployment_frequency_per_day": pytest.approx(n / 30) if n else None,
        "failed_deployments": len(failed) if n else None,
        "change_fail_rate": pytest.approx(len(failed) / n) if n else None,
        "rework_rate": pytest.approx(rework / n) if n else None,
        "lead_time_s": summary(leads),
        "recovery_time_s": summary(recoveries),
    }
    return figures, {reason: count for reason, count in reasons.items() if count}


def reference_blame(
    causes: list[Any], reached: dict[str, Deployment], reasons: Counter[str]
) -> tuple[set[str], list[float]]:
    """The names of the window's failed deployments, and how long their incidents took from deployed to resolved."""
    failed: set[str] = set()
    recoveries: list[float] = []
    for when, service, named, thing, previous in causes:
        inside = START <= when < END
        if named and named not in reached:
            reasons["incident or rollback of a deployment not known in production"] += inside
            continue
        if not named and not service:
            reasons["incident or rollback without a service or a named deployment"] += inside
            continue
        until = when - timedelta(microseconds=1) if previous else when
        earlier = [run for run in reached.values() if run.service == service and run.at <= until]
        blamed = reached[named] if named else max(earlier, key=lambda run: (run.at, run.name), default=None)
        if blamed is None or not START <= blamed.at < END:
            continue
        if not named and not previous and when - blamed.at > timedelta(hours=24):
            continue
        failed.add(blamed.name)
        if thing and thing.resolved:
            took = (thing.resolved - blamed.at).total_seconds()
            if took < 0:
                reasons["incident resolved before the deployment that it counts against"] += 1
            else:
                recoveries.append(took)
    return failed, recoveries


def reference_lead_times(
    signals: list[Signal], reached: dict[str, Deployment], ours: list[Deployment], reasons: Counter[str]
) -> list[float]:
    values: dict[str, list[float]] = {run.name: [] for run in ours}

    def measured(run: Deployment, text: str | None, what: str) -> None:
        if text in (None, "?"):
            reasons[f"{what} without a readable first commit time"] += 1
        elif (took := (run.at - datetime.fromisoformat(text)).total_seconds()) < 0:
            reasons[f"{what} deployed before its first commit"] += 1
        else:
            values[run.name].append(took)

    for events in grouped(signals, "change").values():
        named = last([event.attrs.get("deployment") for event in events])
        merged = first_time(events, "merged")
        service = last([event.service for event in events])
        homeless = not named and not service and merged and START <= merged < END
        reasons["change without a service or a named deployment"] += bool(homeless)
        placed = START <= (merged or events[-1].at) < END
        reasons["change of a deployment not known in production"] += bool(named and named not in reached and placed)
        later = [run for run in reached.values() if merged and service and run.service == service and run.at >= merged]
        soonest = min((run.at for run in later), default=None)
        heirs = sorted(run.name for run in later if run.at == soonest)
        carrier = reached.get(named) if named else reached[heirs[-1]] if heirs else None
        if carrier in ours:
            measured(carrier, last([event.attrs.get("first_commit_at") for event in events]), "change")
    for run in ours:
        if not values[run.name] and run.first_commit:
            measured(run, run.first_commit, "deployment")
    return [took for per_run in values.values() for took in per_run]


def reference_incidents(signals: list[Signal]) -> tuple[dict[str, Any], dict[str, int]]:
    reasons = Counter({"from the future": sum(event.kind == "incident" and event.at > NOW for event in signals)})
    everything = [Incident(name, events) for name, events in grouped(signals, "incident").items()]
    reasons["incident neither started nor detected"] = sum(not i.began and START <= i.first < END for i in everything)
    begun = [thing for thing in everything if thing.began]
    ours = [thing for thing in begun if START <= thing.began < END]
    took: dict[str, list[float]] = {"ttd_s": [], "tta_s": [], "ttr_s": []}
    limits = {"P1": 4, "P2": 8, "P3": 24}
    over, judged, repeats = 0, 0, 0
    for thing in ours:
        spans = [
            ("ttd_s", thing.started, thing.detected, "incident detected before it started"),
            ("tta_s", thing.detected, thing.acknowledged, "incident acknowledged before it was detected"),
            ("ttr_s", thing.detected or thing.started, thing.resolved, "incident resolved before it began"),
        ]
        for name, begin, end, reason in spans:
            if begin and end and end < begin:
                reasons[reason] += 1
            elif begin and end:
                took[name].append((end - begin).total_seconds())
        if thing.severity in limits:
            hours = ((thing.resolved or NOW) - (thing.detected or thing.started)).total_seconds() / 3600
            judged += hours >= 0
            over += hours > limits[thing.severity]
        repeats += any(
            timedelta(0) < thing.began - other.began <= timedelta(days=30)
            and (
                thing.pattern == other.pattern
                if thing.pattern and other.pattern
                else thing.service is not None and thing.service == other.service
            )
            for other in begun
        )
    figures = {
        "n": len(ours) or None,
        "open": sum(not thing.resolved for thing in ours) if ours else None,
        "over_target": {"count": over if ours else None, "share": pytest.approx(over / judged) if judged else None},
        "repeats_30d": repeats if ours else None,
        **{name: summary(values) for name, values in took.items()},
    }
    return figures, {reason: count for reason, count in reasons.items() if count}


SLOWLY = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)


@SLOWLY
@given(histories(deployments(), deployments(), incidents(), changes()))
def test_dora_equals_the_definitions(signals: list[Signal]) -> None:
    figures, reasons = reference_dora(signals)
    document = measure("dora", signals, **WINDOW)
    assert {name: only(document)[name] for name in figures} == figures
    assert unusable(document) == reasons


@settings(SLOWLY, max_examples=25)
@given(histories(incidents()))
def test_incidents_equal_the_definitions(signals: list[Signal]) -> None:
    figures, reasons = reference_incidents(signals)
    document = measure("incidents", signals, **WINDOW)
    group = only(document)
    found = {name: group[name] for name in figures}
    for name in ("ttd_s", "tta_s", "ttr_s"):
        found[name] = {key: found[name][key] for key in ("n", "median", "p90")}
    assert found == figures
    assert unusable(document) == reasons
