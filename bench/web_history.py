"""A seeded company for bench/web.py: a million signals over the last 90 days, and 20,000 learnings that name them.

One learning in ten is promoted or resolved: it has to be proved.
"""

from __future__ import annotations

import random
from collections.abc import Iterator  # noqa: TC003
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from opsloop.model import CATEGORIES, PRIORITIES, SEVERITIES, Entry, Signal, format_time

DAYS = 90
PROVEN_EVERY = 10
SERVICES = [f"service-{number:02}" for number in range(40)]
WORDS = sorted(
    {"pool", "disk", "queue", "certificate", "replica", "latency", "timeout", "rollback", "canary", "cache", "shard"}
    | {"broker", "consumer", "lag", "node", "quota", "probe", "gateway", "token", "session", "backup", "snapshot"}
    | {"index", "vacuum", "lock", "leader", "failover", "throttle", "retry", "memory", "leak"}
)


def signals(count: int, now: datetime, seed: int = 8) -> Iterator[Signal]:
    """About ``count`` of them: two thirds samples, a quarter alerts, the rest what teams do."""
    dice = random.Random(seed)
    first = now - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / count
    at = first
    for number in range(count):
        at += step
        yield from _at(number, at, dice)


def _at(number: int, at: datetime, dice: random.Random) -> Iterator[Signal]:
    service = dice.choice(SERVICES)
    told: dict[str, Any] = {"at": at, "service": service, "environment": "production"}
    chance = dice.random()
    if chance < 0.66:
        level = min(0.99, dice.gauss(0.5, 0.1) + number * 1e-7)
        name = dice.choice(("cpu", "memory", "disk"))
        attrs = {"resource": f"{service}-{dice.randrange(4)}"}
        yield _signal(number, "sample", "-", told | {"name": name, "value": level, "attrs": attrs})
    elif chance < 0.92:
        status = "firing" if number % 2 else "resolved"
        named = {"name": f"Monitor{dice.randrange(60)}", "severity": dice.choice(SEVERITIES)}
        yield _signal(number, "alert", status, told | named | {"fingerprint": f"a{dice.randrange(4_000)}"})
    elif chance < 0.95:
        good = dice.randrange(9_900, 10_000)
        attrs = {"good": str(good), "total": "10000", "objective": "0.995"}
        yield _signal(number, "sli", "-", told | {"name": f"{service}-availability", "attrs": attrs})
    elif chance < 0.975:
        attrs = {"first_commit_at": format_time(at - timedelta(hours=dice.randrange(2, 60)))}
        yield _signal(number, "deployment", "succeeded", told | {"fingerprint": f"d{number}", "attrs": attrs})
    elif chance < 0.98:
        yield from _incident(number, at, told, dice)
    else:
        attrs = {"manual": "true", "engineer": f"engineer-{dice.randrange(12)}"}
        yield _signal(number, "remediation", "done", told | {"name": "restart", "duration_s": 600.0, "attrs": attrs})


def _incident(number: int, at: datetime, told: dict[str, Any], dice: random.Random) -> Iterator[Signal]:
    attrs = {"pattern_key": f"{dice.choice(WORDS)}_{dice.choice(WORDS)}", "detected_by": "alert"}
    told = told | {"name": "Something broke", "severity": "P2", "fingerprint": f"i{number}", "attrs": attrs}
    yield _signal(number, "incident", "started", told)
    ended = at + timedelta(minutes=dice.randrange(5, 600))
    yield _signal(number, "incident", "resolved", told | {"at": ended})


def _signal(number: int, kind: str, status: str, told: dict[str, Any]) -> Signal:
    return Signal(id=f"bench:{kind}:{status}:{number}", source="bench", kind=kind, status=status, **told)


def entries(count: int, now: datetime, evidence: list[str], seed: int = 9) -> Iterator[Entry]:
    """Issues as a detector writes them, each naming a few of ``evidence``."""
    dice = random.Random(seed)
    for number in range(count):
        written = _written(number, now, evidence, dice)
        yield _proven(written, now, dice) if number % PROVEN_EVERY == 0 else written


def _proven(entry: Entry, now: datetime, dice: random.Random) -> Entry:
    """The entry about a pattern that the signals hold, promoted or resolved some weeks ago."""
    changed = format_time(now - timedelta(days=dice.randrange(10, 40)))
    told = {"Promoted-At": changed} | dice.choice(
        (
            {"Detector": "alert_recurrence", "Related Alerts": f"Monitor{dice.randrange(60)}"},
            {"Pattern-Key": f"incident_pattern.{dice.choice(WORDS)}_{dice.choice(WORDS)}"},
        )
    )
    return replace(entry, status=dice.choice(("promoted", "resolved")), metadata={**entry.metadata, **told})


def _written(number: int, now: datetime, evidence: list[str], dice: random.Random) -> Entry:
    seen = now - timedelta(days=dice.random() * DAYS)
    category, service = dice.choice(CATEGORIES), dice.choice(SERVICES)
    words = dice.sample(WORDS, 6)
    return Entry(
        id="",
        kind="issue",
        name="_".join(words[:3]),
        logged=format_time(seen.replace(microsecond=0)),
        priority=dice.choice(PRIORITIES),
        status=dice.choice(("pending", "pending", "in_progress", "wont_fix")),
        severity=dice.choice(SEVERITIES),
        area="incident_management",
        skill="operations",
        summary=f"{' '.join(words)} on {service}: {number % 30 + 2} times",
        details=f"{' '.join(dice.choices(WORDS, k=60))}.",
        root_cause=" ".join(dice.choices(WORDS, k=20)),
        metadata={
            "Service": service,
            "Pattern-Key": f"{category}.{words[0]}-{words[1]}-{number % 3_000}",
            "Recurrence-Count": str(number % 30 + 2),
            "First-Seen": f"{seen - timedelta(days=20):%Y-%m-%d}",
            "Last-Seen": f"{seen:%Y-%m-%d}",
            "Detector": "incident_recurrence",
            "Evidence": ", ".join(dice.sample(evidence, 5)),
        },
    )
