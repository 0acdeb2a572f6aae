"""Random histories with the shapes that detectors and metrics look for: by seed, so that they can be told again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from opsloop.model import KINDS, Signal

NOW = datetime(2026, 4, 6, tzinfo=UTC)
DAYS = 40
SERVICES = ("checkout", "search", "ledger", None)
NAMES = ("cpu", "disk", "queue_depth", "HighErrorRate", "restart-worker", "checkout", "名前", None)
WORDS = {
    "pattern_key": ("incident_pattern.pool", "disk", " "),
    "root_cause": ("DNS", "dns", "a full disk"),
    "deployment": ("f1", "f2", "f3"),
    "rolls_back": ("f1", "f2"),
    "rollback_mode": ("manual", "automatic"),
    "detected_by": ("human", "alert"),
    "alert": ("cpu", "HighErrorRate"),
    "incident": ("f1", "f4"),
    "action": ("none",),
    "manual": ("true", "false"),
    "rotates": ("certificate",),
    "copied_from": ("runbook",),
    "engineer": ("ana", "ben"),
    "responder": ("ana", "ben"),
    "resource": ("node-1", "node-2"),
    "team": ("x", "y"),
    "good": ("0", "90", "99.5", "100", "much", "-1"),
    "total": ("100", "0", "1e400"),
    "objective": ("0.9", "0.999", "1.0"),
    "first_commit_at": ("2026-03-01T08:00:00Z", "yesterday"),
    "merged_at": ("2026-03-02T08:00:00Z",),
}


def random_history(seed: int, count: int = 500) -> list[Signal]:
    """``count`` signals of all kinds over DAYS days before NOW, some after it."""
    dice = random.Random(seed)
    kinds = sorted(KINDS)
    return [_signal(dice, number, dice.choice(kinds)) for number in range(count)]


def _signal(dice: random.Random, number: int, kind: str) -> Signal:
    return Signal(
        id=f"r{number}",
        source="random",
        kind=kind,
        status=dice.choice(sorted(KINDS[kind])),
        at=NOW - timedelta(minutes=dice.randrange(-600, DAYS * 24 * 60)),
        service=dice.choice(SERVICES),
        environment=dice.choice(("production", "production", "staging", None)),
        name=dice.choice(NAMES),
        severity=dice.choice(("P1", "P2", "P3", "P4", None)),
        fingerprint=dice.choice(("f1", "f2", "f3", "f4", "f5", None)),
        duration_s=dice.choice((None, 0.0, 3_000.0, 50_000.0, -5.0)),
        value=dice.choice((None, 0.5, 0.95, 1.0, 70.0, -3.0)),
        attrs={name: dice.choice(words) for name, words in WORDS.items() if dice.random() < 0.3},
    )
