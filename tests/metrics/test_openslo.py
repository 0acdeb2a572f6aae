"""SLO declarations from settings and OpenSLO files."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.config import Slo
from opsloop.errors import BadInput
from opsloop.metrics.openslo import declared

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
    ],
)
def test_what_is_wrong_is_said_with_its_file(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    write(tmp_path, DOCUMENT.replace(old, new, 1))
    with pytest.raises(BadInput, match=wanted):
        declared(tmp_path, ())
