"""SLO declarations from settings and OpenSLO files."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from opsloop.config import Slo
from opsloop.errors import BadInput
from opsloop.metrics.openslo import declared, doubts

DOCUMENT = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  annotations:
    opsloop/sla-objective: "0.99"
spec:
  service: checkout
  indicator:
    metadata: {name: requests}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(ok[5m]))'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(all[5m]))'}}}
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: good
      target: 0.999
"""
SLO = Slo(
    name="checkout-availability",
    objective=0.999,
    service="checkout",
    window_days=28,
    sla_objective=0.99,
    good_query="sum(rate(ok[5m]))",
    total_query="sum(rate(all[5m]))",
)


def write(root: Path, text: str, name: str = "checkout.yaml") -> None:
    (root / "slo").mkdir(exist_ok=True)
    (root / "slo" / name).write_text(text, encoding="utf-8")


def test_a_document_says_all_that_the_settings_can(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT)
    assert declared(tmp_path, ()) == {"checkout-availability": SLO}


def test_both_endings_of_yaml_are_read(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT, "checkout.yml")
    assert declared(tmp_path, ()) == {"checkout-availability": SLO}


def test_no_folder_is_no_declaration(tmp_path: Path) -> None:
    assert declared(tmp_path, (SLO,)) == {SLO.name: SLO}


def test_equal_declarations_merge_and_complete_each_other(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT)
    write(tmp_path, DOCUMENT, "again.yaml")
    bare = Slo(name="checkout-availability", objective=0.999, window_days=28)
    assert declared(tmp_path, (bare,)) == {"checkout-availability": SLO}


@pytest.mark.parametrize(("old", "new"), [("0.999", "0.99"), ("4w", "30d"), ("service: checkout", "service: cart")])
def test_different_declarations_of_one_name_are_refused(tmp_path: Path, old: str, new: str) -> None:
    write(tmp_path, DOCUMENT.replace('"0.99"', '"0.9"').replace(old, new))
    with pytest.raises(BadInput, match="checkout-availability"):
        declared(tmp_path, (Slo(name=SLO.name, objective=0.999, window_days=28, service="checkout"),))


def test_other_documents_of_a_file_are_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path, f"apiVersion: v1\nkind: ConfigMap\n---\nkind: Service\napiVersion: openslo/v1\n---\n{DOCUMENT}---\n"
    )
    assert list(declared(tmp_path, ())) == ["checkout-availability"]


def test_a_file_may_hold_lists_of_documents(tmp_path: Path) -> None:
    """As OpenSLO's own SDK writes and reads them."""
    one = textwrap.indent(DOCUMENT, "  ").replace("  api", "- api", 1)
    write(tmp_path, one + one.replace("checkout-availability", "checkout-latency"))
    assert declared(tmp_path, ()) == {SLO.name: SLO, "checkout-latency": replace(SLO, name="checkout-latency")}


def test_the_only_objective_may_have_the_indicator(tmp_path: Path) -> None:
    """OpenSLO v1 allows it there, for composite SLOs."""
    before, _, rest = DOCUMENT.partition("  indicator:\n")
    indicator, _, after = rest.partition("  timeWindow:\n")
    moved = "      indicator:\n" + textwrap.indent(indicator, "    ")
    write(tmp_path, f"{before}  timeWindow:\n{after}{moved}")
    assert declared(tmp_path, ()) == {SLO.name: SLO}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("isRolling: true", "isRolling: false", "calendar"),
        ("isRolling: true", "calendar: {startTime: 2026-01-01 12:00:00, timeZone: Europe/Rome}", "calendar"),
        ("budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "Timeslices"),
    ],
)
def test_what_counts_otherwise_is_read_and_told(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    write(tmp_path, DOCUMENT)
    assert list(doubts(tmp_path)) == []
    write(tmp_path, DOCUMENT.replace(old, new))
    assert declared(tmp_path, ()) == {SLO.name: SLO}
    ((where, what),) = doubts(tmp_path)
    assert where.startswith("slo/")
    assert wanted in what


@pytest.mark.parametrize("version", ["openslo/v1alpha", "openslo.com/v2alpha"])
def test_another_version_counts_nowhere_and_that_is_told(tmp_path: Path, version: str) -> None:
    write(tmp_path, DOCUMENT.replace("openslo/v1", version))
    assert declared(tmp_path, ()) == {}
    ((_, what),) = doubts(tmp_path)
    assert version in what


@pytest.mark.parametrize(("duration", "days"), [("30d", 30), ("1w", 7), ("1M", 30), ("1Q", 90)])
def test_windows_are_read_as_days(tmp_path: Path, duration: str, days: int) -> None:
    write(tmp_path, DOCUMENT.replace("4w", duration))
    assert declared(tmp_path, ())[SLO.name].window_days == days


def test_a_target_may_be_a_percentage(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT.replace("target: 0.999", "targetPercent: 99.9"))
    assert declared(tmp_path, ())[SLO.name].objective == 0.999


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("target: 0.999", "target: 1.0", "fraction"),
        ("target: 0.999", "target: 99.9", "fraction"),
        ("target: 0.999", "target: 0.98", "stricter"),
        ("target: 0.999", "target: many", "number"),
        ("target: 0.999", "op: lte", "neither"),
        ("    - displayName: good\n      target: 0.999", "    []", "exactly one"),
        ("duration: 4w", "duration: 12 parsecs", "duration"),
        ("name: checkout-availability", "title: x", "metadata.name"),
        ("spec:\n  service", "spce:\n  service", "spec"),
        ("kind: SLO", "kind: [SLO", "YAML"),
        ("target: 0.999", f"target: 1{'0' * 400}", "number"),
        ("service: checkout", "service: 12", "spec.service 12 is no text"),
        ("isRolling: true", "calendar: {startTime: 2026-13-01 12:00:00}", "not YAML: month"),
        ("    - duration: 4w", "    - duration: 1w\n    - duration: 4w", "exactly one"),
        ('annotations:\n    opsloop/sla-objective: "0.99"', "annotations: [sla]", "annotations"),
        ("ratioMetric:\n", "ratioMetric: good\n      rest:\n", "ratioMetric"),
        ("    metadata: {name: requests}\n    spec:\n", "    spec: requests\n    rest:\n", "spec"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    write(tmp_path, DOCUMENT.replace(old, new, 1))
    with pytest.raises(BadInput, match=wanted):
        declared(tmp_path, ())
