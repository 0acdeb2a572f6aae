"""Findings tell whose they are and where: every team and environment of what occurred."""

from __future__ import annotations

from typing import Any

import detector_cases as case_files
import pytest

from opsloop import detectors
from opsloop.detect import find_with
from opsloop.signals.table import from_signals


@pytest.mark.slow
@pytest.mark.parametrize("name", detectors.names())
def test_every_detector_names_teams_and_environments(name: str) -> None:
    case: Any = next(case for case in case_files.cases(name) if case.findings)
    signals = [
        signal._replace(environment="production", attrs={**signal.attrs, "team": "payments"}) for signal in case.signals
    ]
    found = find_with(detectors.load(name), from_signals(signals), now=case.now, settings=case.settings)
    assert found
    for finding in found:
        assert (finding.metrics["teams"], finding.metrics["environments"]) == (["payments"], ["production"])
