"""Every detector finds what its case files say: as written, at midnight, when clocks change, late and doubled."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import detector_cases as case_files
import pytest

from opsloop import detectors
from opsloop.config import Settings
from opsloop.detect import find_with
from opsloop.model import PRIORITIES, SEVERITIES, Finding, Signal, format_time
from opsloop.signals import Store
from opsloop.signals.table import from_signals, open_table

NAMES = detectors.names()
CASES = [case for name in NAMES for case in case_files.cases(name)]
MOVABLE = [case for case in CASES if not case.calendar]


def _typical(cases: list[Any]) -> list[Any]:
    """Of each detector the first case that finds something; the others are slow, for each of them compiles queries for
    the better part of a second.
    """
    firsts = {case.detector: case for case in reversed(cases) if case.findings}
    del firsts["capacity_exhaustion"]  # what forecasts takes seconds to import
    del firsts["dora_regression"]  # it asks for five metrics twice
    return [case if case in firsts.values() else pytest.param(case, marks=pytest.mark.slow) for case in cases]


def _found(case: Any, signals: Iterable[Signal]) -> list[Finding]:
    return find_with(detectors.load(case.detector), from_signals(list(signals)), now=case.now, settings=case.settings)


def _assert_found(case: Any, findings: list[Finding]) -> None:
    told = [_as_told(finding) for finding in findings]
    assert len(told) == len(case.findings), f"{case}: found {[one['pattern_key'] for one in told]}"
    for wanted in case.findings:
        alike = [one for one in told if all(one.get(key, _MISSING) == value for key, value in wanted.items())]
        near = [{key: one.get(key) for key in wanted} for one in told]
        assert len(alike) == 1, f"{case}: wanted {wanted}, found {near}"


_MISSING = object()


def _as_told(finding: Finding) -> dict[str, Any]:
    return dict(finding.metrics) | {
        "pattern_key": finding.pattern_key,
        "service": finding.service,
        "severity": finding.severity,
        "priority": finding.priority,
        "category": finding.category,
        "area": finding.area,
        "first_seen": format_time(finding.first_seen),
        "last_seen": format_time(finding.last_seen),
        "count": finding.count,
        "evidence": list(finding.evidence),
        "summary": finding.summary,
        "fix": finding.metrics["systemic_fix"]["kind"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_detector_has_a_readme_and_cases_that_find_and_that_do_not(name: str) -> None:
    assert (detectors.FOLDER / name / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n")
    counts = {bool(case.findings) for case in case_files.cases(name)}
    assert counts == {True, False}, "cases just above and just below the threshold"


@pytest.mark.parametrize("case", _typical(CASES), ids=str)
def test_a_case_is_found_as_written(case: Any) -> None:
    _assert_found(case, _found(case, case.signals))


@pytest.mark.slow
@pytest.mark.parametrize("case", MOVABLE, ids=str)
def test_a_case_is_found_across_midnight_with_signals_late_and_twice(case: Any, tmp_path: Path) -> None:
    moved = case.moved(case_files.midnight(case))
    store = Store(tmp_path / ".opsloop", moved.settings.store, tmp_path)
    for batch in (moved.signals[1::2], moved.signals[::-1]):
        store.append(batch, origin="case", now=moved.now)
    table = open_table(store)
    _assert_found(moved, find_with(detectors.load(case.detector), table, now=moved.now, settings=moved.settings))


@pytest.mark.slow
@pytest.mark.parametrize("forward", [True, False], ids=["forward", "back"])
@pytest.mark.parametrize("case", MOVABLE, ids=str)
def test_a_case_is_found_when_clocks_change(case: Any, forward: bool) -> None:
    moved = case.moved(case_files.clocks_change(case, forward=forward))
    signals = list(moved.signals)
    random.Random(7).shuffle(signals)
    _assert_found(moved, _found(moved, signals))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_nothing(name: str) -> None:
    now = datetime(2026, 5, 5, tzinfo=UTC)
    assert find_with(detectors.load(name), from_signals([]), now=now, settings=Settings()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_speaks_the_vocabulary(name: str) -> None:
    from opsloop.model import AREAS, CATEGORIES, KINDS

    rule = detectors.load(name).rule
    assert rule.kind in ("learning", "issue")
    assert rule.category in CATEGORIES
    assert rule.area in AREAS
    assert rule.priority in PRIORITIES
    assert rule.severity in (SEVERITIES if rule.kind == "issue" else (None,))
    assert rule.reads <= set(KINDS)
