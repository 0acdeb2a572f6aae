"""Who qualifies for promotion, and in which order."""

from __future__ import annotations

from dataclasses import replace

from opsloop.model import Entry
from opsloop.promote import candidates as qualify


def entry(number: int, metadata: dict[str, str]) -> Entry:
    return Entry(id=f"OPS-20260301-{number:03}", kind="issue", name="pool", summary="Pool exhausted", metadata=metadata)


def test_a_bottleneck_counts_where_it_slows_several_teams() -> None:
    def found(**told: str) -> list[str]:
        metadata = {"Pattern-Key": "process_bottleneck.approval"} | {k.replace("_", "-"): v for k, v in told.items()}
        return [one.criteria[0].evidence for one in qualify.candidates([entry(1, metadata)], {})]

    assert found(Service="a, b", Teams="payments") == []
    assert found(Service="a", Teams="search, payments") == ["slows payments, search"]
    assert found(Service="a, b") == ["slows a, b"]


def test_what_matters_most_comes_first() -> None:
    often = {"Pattern-Key": "incident_pattern.often", "Recurrence-Count": "9"}
    urgent = replace(entry(1, {"Pattern-Key": "incident_pattern.urgent", "Recurrence-Count": "3"}), priority="critical")
    widespread = entry(2, {"Pattern-Key": "incident_pattern.wide", "Recurrence-Count": "3", "Service": "a, b"})
    ranked = qualify.candidates([entry(3, often), widespread, urgent], {})
    assert [one.entry.id for one in ranked] == [urgent.id, widespread.id, entry(3, often).id]
