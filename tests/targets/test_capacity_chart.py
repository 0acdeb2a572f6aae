"""A capacity model draws each resource beside its file, where the chart library is installed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsloop.model import Entry, Signal
from opsloop.targets import Material, capacity

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

NOW = datetime(2026, 4, 2, tzinfo=UTC)
ENTRY = Entry(kind="issue", id="OPS-20260402-001", name="storage", summary="Storage grows")
GROUP = {"service": "warehouse", "name": "disk", "resource": "/data", "threshold": 0.85, "sustained": []}


def sample(day: int, resource: str = "/data") -> Signal:
    return Signal(
        id=f"{resource}{day}",
        source="signals",
        kind="sample",
        status="-",
        at=NOW - timedelta(days=60 - day),
        service="warehouse",
        name="disk",
        value=0.5 + day * 0.005,
        attrs={"resource": resource},
    )


def rendered(signals: list[Signal]) -> dict[str, str]:
    group = GROUP | {"exhaustion": {"low": 20.0, "median": 30.0, "high": 45.0}, "step_change": False}
    figures = {"capacity": {ENTRY.id: [group]}}
    return capacity.render(
        Material(entries=(ENTRY,), place="docs/capacity", now=NOW, figures=figures, evidence={ENTRY.id: signals})
    )


def test_the_chart_stands_beside_the_model_with_its_finding() -> None:
    files = rendered([sample(day) for day in range(60)])
    chart = files["docs/capacity/storage-warehouse-disk-data.svg"]
    assert chart.startswith("<svg ")
    assert "full in 30 days" in chart
    assert "![Growth and forecast](storage-warehouse-disk-data.svg)" in files["docs/capacity/storage.md"]


def test_another_resources_samples_draw_nothing() -> None:
    assert list(rendered([sample(day, "/other") for day in range(60)])) == ["docs/capacity/storage.md"]
