"""Generated rules in the real promtool: they load, a fast burn pages and stops, a slow burn only opens tickets."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from opsloop.config import Slo
from opsloop.errors import BadInput
from opsloop.metrics import openslo
from opsloop.targets import Material, slo
from opsloop.targets.slo.prometheus import over
from opsloop.targets.slo.windows import burn_alerts

GOOD = 'sum(rate(http_requests_total{code!~"5.."}[5m]))'
TOTAL = "sum(rate(http_requests_total[5m]))"
SCHEMA = json.loads((Path(__file__).parent / "openslo-v1-slo.schema.json").read_text(encoding="utf-8"))


def declared(**said: Any) -> Slo:
    return Slo(**{"name": "checkout", "objective": 0.999, "good_query": GOOD, "total_query": TOTAL} | said)


def rendered(wanted: Slo) -> dict[str, str]:
    return slo.render(Material(entries=(), place="slo", now=datetime(2026, 4, 1, tzinfo=UTC), slo=wanted))


def written(wanted: Slo, folder: Path) -> Path:
    path = folder / "rules.yaml"
    path.write_text(rendered(wanted)[f"slo/{wanted.name}.rules.yaml"], encoding="utf-8")
    return path


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("window_days", [7, 28, 30, 90])
@pytest.mark.parametrize(
    "queries", [(GOOD, TOTAL), ('requests{ok="1"}', "sum(requests)"), ("rate(a[{{.window}}])", "rate(b[$window])")]
)
def test_prometheus_accepts_the_rules(window_days: int, queries: tuple[str, str], tmp_path: Path) -> None:
    good, total = queries
    path = written(declared(window_days=window_days, good_query=good, total_query=total, service='a"b'), tmp_path)
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def burns(bad: int, *, clean_days: int, hours: int, then_hours: int = 0) -> list[dict[str, str]]:
    """Clean days, then hours with ``bad`` of 1000 requests a minute failing, then clean hours again."""
    before, during, after = clean_days * 24 * 60, hours * 60, then_hours * 60

    def values(clean: int, burning: int) -> str:
        first, second = clean * before, clean * before + burning * during
        return f"0+{clean}x{before} {first + burning}+{burning}x{during - 1} {second + clean}+{clean}x{after}"

    return [
        {"series": 'http_requests_total{code="500"}', "values": values(0, bad)},
        {"series": 'http_requests_total{code="200"}', "values": values(1000, 1000 - bad)},
    ]


def assert_firing(wanted: Slo, series: list[dict[str, str]], expected: dict[str, set[str]], folder: Path) -> None:
    """With promtool: at each time exactly the alerts with these long windows fire."""
    checks = [
        {
            "expr": 'count by (long_window) (ALERTS{alertstate="firing"})',
            "eval_time": at,
            "exp_samples": [{"labels": f'{{long_window="{window}"}}', "value": 1} for window in sorted(windows)],
        }
        for at, windows in expected.items()
    ]
    rules = str(written(wanted, folder))
    test = {
        "rule_files": [rules],
        "evaluation_interval": "10m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": checks}],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(test), encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.needs("promtool")
@pytest.mark.parametrize("window_days", [28, 30])
def test_a_fast_burn_pages_in_both_windows_and_stops(window_days: int, tmp_path: Path) -> None:
    """20 times the budget: the hour needs 43 minutes to exceed 14.4 times, and its short window ends it soon after."""
    expected = {
        "1d": set(),
        "1d30m": set(),
        "1d1h": {"1h"},
        "1d3h": {"1h", "6h", "3d"},
        "1d3h20m": {"6h", "3d"},
        "1d6h": {"3d"},
        "1d9h10m": set(),
    }
    assert_firing(declared(window_days=window_days), burns(20, clean_days=1, hours=3, then_hours=8), expected, tmp_path)


@pytest.mark.slow
@pytest.mark.needs("promtool")
def test_a_slow_burn_opens_tickets_only(tmp_path: Path) -> None:
    """Four times the budget: 3 (1d) and 1 (3d) fire, 6 and 14.4 never do."""
    assert_firing(declared(), burns(4, clean_days=0, hours=36), {"1h": {"1d", "3d"}, "1d12h": {"1d", "3d"}}, tmp_path)


@pytest.mark.needs("promtool")
def test_an_outage_without_one_good_event_fires_too(tmp_path: Path) -> None:
    """A series of good events that is not there at all counts as 0."""
    series = [{"series": 'http_requests_total{code="500"}', "values": "0+100x120"}]
    assert_firing(declared(), series, {"2h": {"1h", "6h", "1d", "3d"}}, tmp_path)


@pytest.mark.parametrize(("window_days", "factors"), [(30, [14.4, 6, 3, 1]), (28, [13.44, 5.6, 2.8, 28 / 30])])
def test_factors_follow_the_workbook(window_days: int, factors: list[float]) -> None:
    assert [one.factor for one in burn_alerts(declared(window_days=window_days))] == pytest.approx(factors)


@pytest.mark.parametrize("objective", [0.5, 0.9, 0.93])
def test_an_objective_whose_alert_could_never_fire_is_refused(objective: float) -> None:
    with pytest.raises(BadInput, match="never fire"):
        rendered(declared(objective=objective))


@pytest.mark.parametrize("objective", [0.931, 0.99, 0.99999])
def test_an_objective_whose_alerts_can_fire_is_taken(objective: float) -> None:
    assert len(rendered(declared(objective=objective))) == 3


def test_an_objective_without_budget_cannot_be_declared() -> None:
    with pytest.raises(BadInput, match="fraction"):
        declared(objective=1.0)


@pytest.mark.parametrize("missing", ["good_query", "total_query"])
def test_queries_are_needed(missing: str) -> None:
    with pytest.raises(BadInput, match="good_query and total_query"):
        rendered(declared(**{missing: None}))


def test_a_query_that_cannot_be_given_a_window_is_refused_with_an_example() -> None:
    with pytest.raises(BadInput, match="no range to replace"):
        over("sum(a) / sum(b)", "5m", declared())


@pytest.mark.parametrize("service", ["shop", None])
@pytest.mark.parametrize("window_days", [7, 28, 30])
def test_the_definition_is_openslo_and_reads_back_as_declared(
    window_days: int, service: str | None, tmp_path: Path
) -> None:
    wanted = declared(window_days=window_days, service=service, sla_objective=0.99)
    text = rendered(wanted)["slo/checkout.openslo.yaml"]
    jsonschema.validate(yaml.safe_load(text), SCHEMA)
    (tmp_path / "slo").mkdir()
    (tmp_path / "slo" / "checkout.openslo.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "slo" / "checkout.rules.yaml").write_text(rendered(wanted)["slo/checkout.rules.yaml"], encoding="utf-8")
    assert openslo.declared(tmp_path, [wanted]) == openslo.declared(tmp_path, []) == {"checkout": wanted}
