"""Proofs ask the signals once for all entries: one more promoted entry is no more queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsloop.config import Settings
from opsloop.model import Entry, Signal
from opsloop.signals.backend import LakeBackend
from opsloop.signals.table import from_signals
from opsloop.verify.proof import Proof, Proofs

DAY = timedelta(days=1)
CHANGED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = CHANGED + 120 * DAY
SERVICES = 8


def history() -> Iterator[Signal]:
    """Eight services with a pattern each; the last one vanishes at the change, with its monitor."""
    for number in range(SERVICES):
        told = {"source": "pagerduty", "service": f"service-{number}"}
        for day in range(-200, 0 if number == SERVICES - 1 else 110, 5):
            at = CHANGED + day * DAY
            key = {"pattern_key": "incident_pattern.pool"}
            name = f"i{number}-{day}"
            yield Signal(id=name, kind="incident", status="started", at=at, fingerprint=name, attrs=key, **told)
            yield Signal(id=f"a{name}", kind="alert", status="firing", at=at, name=f"Pool{number}", **told)


def entries(count: int) -> list[Entry]:
    one = Entry(
        kind="issue",
        id="OPS-20260201-001",
        name="pool",
        status="promoted",
        metadata={"Pattern-Key": "incident_pattern.pool", "Promoted-At": "2026-03-01T00:00:00Z"},
    )
    return [
        replace(
            one,
            id=f"OPS-20260201-{number:03}",
            metadata={**one.metadata, "Service": f"service-{number % SERVICES}"},
        )
        for number in range(count)
    ]


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    asked: list[object] = []
    answer = LakeBackend.to_pyarrow

    def counted(self: LakeBackend, expression: object, **options: object) -> object:
        asked.append(expression)
        return answer(self, expression, **options)

    monkeypatch.setattr(LakeBackend, "to_pyarrow", counted)
    return asked


def test_as_many_queries_for_many_entries_as_for_each_service_one(queries: list[object]) -> None:
    signals = from_signals(list(history()))

    def asked(count: int) -> tuple[int, list[Proof | None]]:
        queries.clear()
        found = Proofs(signals, now=NOW, settings=Settings())
        proven = [found.of(entry) for entry in entries(count)]
        return len(queries), proven

    few, proven = asked(SERVICES)
    many, _ = asked(8 * SERVICES)
    assert few == many > 0
    assert [proof and proof.verdict.before.count for proof in proven] == [33] * (SERVICES - 1) + [0]
    assert [proof and proof.verdict.reason for proof in proven][-1] == "no_exposure"
