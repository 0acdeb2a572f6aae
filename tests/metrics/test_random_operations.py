"""Toil, alert, SLO and capacity figures against plain Python on random histories.

The reference is written from the definitions alone: loops over signals, no tables, nothing shared with the product.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from told import measure, signal, unusable

from opsloop.model import Signal

pytestmark = pytest.mark.slow

ORIGIN = datetime(2026, 3, 1, tzinfo=UTC)
START, END, NOW = (ORIGIN + timedelta(days=days) for days in (5, 35, 40))
WINDOW = {"start": "2026-03-06", "end": "2026-04-05", "now": "2026-04-10"}
SLOWLY = settings(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)

hours = st.integers(0, 42 * 24).map(lambda hour: ORIGIN + timedelta(hours=hour))
services = st.sampled_from(["shop", "search", None])
engineers = st.sampled_from(["ana", "ben", None])


def many(*kinds: st.SearchStrategy[Signal]) -> st.SearchStrategy[list[Signal]]:
    return st.lists(st.one_of(*kinds), min_size=15, max_size=70)


def known(signals: list[Signal], *kinds: str) -> list[Signal]:
    return sorted((s for s in signals if s.kind in kinds and s.at <= NOW), key=lambda s: (s.at, s.id))


def future(signals: list[Signal], *kinds: str) -> int:
    return sum(s.kind in kinds and s.at > NOW for s in signals)


def inside(moment: datetime) -> bool:
    return START <= moment < END


@st.composite
def remediations(draw: st.DrawFn) -> Signal:
    told = {"engineer": draw(engineers), "manual": draw(st.sampled_from(["true", "true", "true", "false", None]))}
    told = {key: value for key, value in told.items() if value}
    duration = draw(st.sampled_from([600.0, 1800.0, None, 0.0]))
    name = draw(st.sampled_from(["restart", "rotate"]))
    return signal("remediation done", draw(hours), name=name, service=draw(services), duration_s=duration, **told)


@st.composite
def shifts(draw: st.DrawFn) -> Signal:
    engineer = draw(engineers)
    told = {"engineer": engineer} if engineer else {}
    name = draw(st.sampled_from(["s1", "s2", "s3", "s4", None]))
    duration = draw(st.sampled_from([12 * 3600.0, 96 * 3600.0, None]))
    return signal("shift ended", draw(hours), name, duration_s=duration, **told)


def reference_toil(signals: list[Signal]) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    manual = [s for s in known(signals, "remediation") if s.attrs.get("manual") == "true"]
    toil = []
    for event in manual:
        before = [
            o
            for o in manual
            if (o.service, o.name) == (event.service, event.name) and (o.at, o.id) < (event.at, event.id)
        ]
        if event.duration_s and sum(event.at - other.at <= timedelta(days=30) for other in before) >= 2:
            toil.append(event)
    said = [s for s in known(signals, "shift") if s.at >= START]
    held_by: dict[str, Signal] = {s.fingerprint or s.id: s for s in said if s.attrs.get("engineer") and s.duration_s}
    reasons = {
        "from the future": future(signals, "remediation", "shift"),
        "manual remediation without a duration": sum(not s.duration_s and inside(s.at) for s in manual),
        "shift without an engineer": sum(not s.attrs.get("engineer") and inside(s.at) for s in said),
        "shift without a duration": sum(
            bool(s.attrs.get("engineer")) and not s.duration_s and inside(s.at) for s in said
        ),
    }
    groups, free = [], {s.id: s for s in toil if inside(s.at)}
    for name, shift in held_by.items():
        begin = shift.at - timedelta(seconds=shift.duration_s or 0)
        done = [s for s in toil if s.attrs.get("engineer") == shift.attrs["engineer"] and begin <= s.at < shift.at]
        for event in done:
            free.pop(event.id, None)
        if inside(shift.at):
            spent = sum(event.duration_s or 0 for event in done)
            groups.append((name, shift.attrs["engineer"], spent, pytest.approx(spent / (shift.duration_s or 1))))
    for engineer in {s.attrs.get("engineer") for s in free.values()}:
        spent = sum(s.duration_s or 0 for s in free.values() if s.attrs.get("engineer") == engineer)
        groups.append((None, engineer, spent, None))
    return groups, {reason: count for reason, count in reasons.items() if count}


@SLOWLY
@given(many(remediations(), remediations(), shifts()))
def test_toil_equals_the_definitions(signals: list[Signal]) -> None:
    groups, reasons = reference_toil(signals)
    document = measure("toil", signals, **WINDOW)
    found = [(g["shift"], g["engineer"], g["toil_s"], g["ratio"]) for g in document["groups"]]
    order = lambda group: (str(group[0]), str(group[1]))  # noqa: E731
    assert sorted(found, key=order) == sorted(groups, key=order)
    assert unusable(document) == reasons


@st.composite
def alerts(draw: st.DrawFn) -> Signal:
    status = draw(st.sampled_from(["firing", "firing", "firing", "acknowledged", "resolved", "no_data"]))
    series = draw(st.sampled_from(["a", "b", "c"]))
    told = {"action": "none", "incident": "i9"}
    told = {key: value for key, value in told.items() if draw(st.integers(0, 6)) == 0}
    at = draw(st.integers(0, 12 * 24)).__mul__(3)
    name = {"a": "cpu", "b": "cpu", "c": "disk"}[series]
    return signal(f"alert {status}", ORIGIN + timedelta(hours=at), series, name=name, service="shop", **told)


@st.composite
def findings(draw: st.DrawFn) -> Signal:
    name = draw(st.sampled_from(["cpu", "disk", "none"]))
    at = ORIGIN + timedelta(hours=draw(st.integers(0, 12 * 24)) * 3)
    at -= timedelta(minutes=draw(st.sampled_from([0, 0, 7])))
    return signal(
        "incident detected", at, f"i{at}", alert=name, service=draw(st.sampled_from(["shop", "search", None]))
    )


def reference_episodes(signals: list[Signal]) -> tuple[list[list[Signal]], int]:
    """Episodes as lists of their signals, and how many signals precede every firing of their series."""
    rank = {"firing": 0, "acknowledged": 1, "resolved": 2}
    found, orphans = [], 0
    events = [s for s in known(signals, "alert") if s.status in rank]
    for series in {s.fingerprint for s in events}:
        current: list[Signal] = []
        closed = False
        for event in sorted((s for s in events if s.fingerprint == series), key=lambda s: (s.at, rank[s.status], s.id)):
            fired = [s.at for s in current if s.status == "firing"]
            if event.status == "firing" and (not current or closed or event.at - max(fired) > timedelta(hours=24)):
                current, closed = [], False
                found.append(current)
            if not current and event.status != "firing":
                orphans += inside(event.at)
                continue
            current.append(event)
            closed = closed or event.status == "resolved"
    return found, orphans


def reference_links(episodes: list[list[Signal]], incidents: list[Signal]) -> set[int]:
    """The identities of the episodes that an incident names by their monitor."""
    linked = set()
    for incident in incidents:
        spans = []
        for events in episodes:
            if events[0].name == incident.attrs["alert"] and incident.service in (None, events[0].service):
                ends = [s.at for s in events if s.status == "resolved"]
                end = min(ends) if ends else max(s.at for s in events) + timedelta(hours=24)
                spans.append((events[0].at, end, id(events)))
        if during := [name for begin, end, name in spans if begin <= incident.at <= end]:
            linked.update(during)
            continue
        away = [(abs(begin - incident.at), begin) for begin, _, _ in spans]
        if away and min(away)[0] <= timedelta(hours=24):
            linked.update(name for begin, _, name in spans if begin == min(away)[1])
    return linked


def reference_alerts(signals: list[Signal]) -> tuple[dict[str, tuple[Any, ...]], dict[str, int]]:
    episodes, orphans = reference_episodes(signals)
    incidents = {event.fingerprint: event for event in known(signals, "incident")}
    rows: dict[str, list[tuple[datetime, bool, bool]]] = {}
    linked_by_incidents = reference_links(episodes, list(incidents.values()))
    for events in episodes:
        begin = events[0].at
        found = id(events) in linked_by_incidents
        acknowledged = any(s.status == "acknowledged" for s in events)
        undone = any(s.attrs.get("action") == "none" for s in events)
        linked = found or any("incident" in s.attrs for s in events)
        if inside(begin):
            rows.setdefault(str(events[0].name), []).append(
                (begin, acknowledged, (acknowledged or linked) and not undone)
            )
    firings = Counter(s.name for s in known(signals, "alert") if s.status == "firing" and inside(s.at))
    noise = sum(not acted for began in rows.values() for _, _, acted in began)
    groups = {}
    for name in firings:
        began = rows.get(str(name), [])
        n, acted = len(began), sum(acted for _, _, acted in began)
        groups[str(name)] = (
            firings[name],
            n or None,
            max(Counter(begin.date() for begin, _, _ in began).values(), default=None),
            sum(acknowledged for _, acknowledged, _ in began) if n else None,
            acted if n else None,
            pytest.approx(acted / n) if n else None,
            pytest.approx((n - acted) / noise) if n and noise else None,
        )
    reasons = {"from the future": future(signals, "alert"), "acknowledged or resolved before any firing": orphans}
    return groups, {reason: count for reason, count in reasons.items() if count}


@SLOWLY
@given(many(alerts(), alerts(), alerts(), findings()))
def test_alerts_equal_the_definitions(signals: list[Signal]) -> None:
    groups, reasons = reference_alerts(signals)
    document = measure("alerts", signals, **WINDOW)
    keys = ("firings", "episodes", "per_day_max", "acknowledged", "actioned", "actionable_ratio", "noise_share")
    assert {g["monitor"]: tuple(g[key] for key in keys) for g in document["groups"]} == groups
    assert unusable(document) == reasons


@st.composite
def indicators(draw: st.DrawFn) -> Signal:
    total = draw(st.integers(0, 5000))
    bad = draw(st.integers(0, 40))
    minutes = draw(st.one_of(st.integers(-500, 600), st.integers(0, 35 * 24 * 60)))
    told = {"objective": draw(st.sampled_from(["0.99", "0.999"]))} if draw(st.booleans()) else {}
    at = END - timedelta(minutes=minutes)
    return signal("sli -", at, name="availability", good=str(total - bad), total=str(total), **told)


@SLOWLY
@given(many(indicators()))
def test_slos_equal_the_definitions(signals: list[Signal]) -> None:
    events = known(signals, "sli")
    usable = [s for s in events if int(s.attrs["good"]) >= 0 and s.at < END]
    month = [s for s in usable if s.at >= END - timedelta(days=30)]
    objectives = [s.attrs["objective"] for s in month if "objective" in s.attrs]
    document = measure("slo", signals, **WINDOW)
    refused = sum(int(s.attrs["good"]) < 0 and END - timedelta(days=30) <= s.at < END for s in events)
    assert sum(unusable(document).values()) == refused + future(signals, "sli")
    if not month:
        assert document["groups"] == []
        return
    budget = 1 - Fraction(objectives[-1]) if objectives else None

    def rate(length: timedelta) -> Fraction | None:
        counted = [s for s in usable if s.at >= END - length]
        total = sum(int(s.attrs["total"]) for s in counted)
        bad = total - sum(int(s.attrs["good"]) for s in counted)
        return Fraction(bad, total) / budget if total and budget else None

    (group,) = document["groups"]
    consumed = rate(timedelta(days=30))
    assert group["budget_consumed"] == (None if consumed is None else float(consumed))
    if consumed is not None:
        assert group["policy"] == ("exhausted" if consumed >= 1 else "low" if consumed > Fraction(3, 4) else "healthy")
    minute = timedelta(minutes=1)
    pairs = [(60, 5, Fraction("14.4")), (360, 30, 6), (1440, 120, 3), (4320, 360, 1)]
    for found, (long, short, factor) in zip(group["burn_rates"], pairs, strict=bool(objectives)):
        rates = rate(long * minute), rate(short * minute)
        assert [found["long"]["rate"], found["short"]["rate"]] == [r if r is None else float(r) for r in rates]
        assert bool(found["burning"]) == all(r is not None and r > factor for r in rates)


@st.composite
def samples(draw: st.DrawFn) -> Signal:
    minute = draw(st.integers(0, 120))
    value = draw(st.sampled_from([0.5, 0.9, 0.9, 0.95, 0.85, 1.2]))
    name = draw(st.sampled_from(["cpu", "disk"]))
    return signal("sample -", START + timedelta(minutes=minute), name=name, value=value, resource="r")


def reference_runs(signals: list[Signal], name: str) -> list[tuple[datetime, datetime, float]]:
    series = sorted((s for s in signals if s.name == name and (s.value or 0) <= 1), key=lambda s: (s.at, s.value, s.id))
    gaps = [later.at - earlier.at for earlier, later in pairwise(series)]
    usual = median([gap for gap in gaps if gap] or [timedelta(0)])
    runs: list[list[Signal]] = []
    previous = None
    for event in series:
        if (event.value or 0) > 0.85:
            if previous and (previous.value or 0) > 0.85 and event.at - previous.at <= 2 * usual:
                runs[-1].append(event)
            else:
                runs.append([event])
        previous = event
    spans = [(run[0].at, run[-1].at, max(s.value or 0 for s in run)) for run in runs]
    return [span for span in spans if name == "disk" or span[1] - span[0] > timedelta(minutes=15)]


@SLOWLY
@given(st.lists(samples(), min_size=1, max_size=120))
def test_runs_above_a_threshold_equal_the_definitions(signals: list[Signal]) -> None:
    document = measure("capacity", signals, **WINDOW)
    for group in document["groups"]:
        found = [
            (datetime.fromisoformat(run["from"]), datetime.fromisoformat(run["to"]), run["max"])
            for run in group["sustained"]
        ]
        assert found == reference_runs(signals, group["name"])
    assert sum(unusable(document).values()) == sum((s.value or 0) > 1 for s in signals)
