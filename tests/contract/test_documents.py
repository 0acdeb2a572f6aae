"""Every verb prints the document that the contract names, on the demo company."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Ask, document, opsloop

pytestmark = pytest.mark.slow

METRICS = {
    "dora": {
        "deployments",
        "deployment_frequency_per_day",
        "lead_time_s",
        "change_fail_rate",
        "failed_deployments",
        "recovery_time_s",
        "rework_rate",
        "bands",
        "active_days",
        "failed_runs",
    },
    "incidents": {"n", "open", "ttd_s", "tta_s", "ttr_s", "over_target", "repeats_30d"},
    "slo": {
        "objective",
        "window_days",
        "good",
        "total",
        "sli",
        "budget",
        "budget_minutes",
        "budget_consumed",
        "burn_rates",
        "policy",
    },
    "toil": {"toil_s", "shift_s", "ratio", "by_remediation"},
    "alerts": {
        "firings",
        "episodes",
        "per_day_max",
        "acknowledged",
        "actioned",
        "actionable_ratio",
        "noise_share",
    },
    "capacity": {"threshold", "sustained", "exhaustion", "step_change"},
}


@pytest.mark.parametrize("family", sorted(METRICS))
def test_a_metric_says_its_definition_its_window_and_every_field(family: str, ask: Ask) -> None:
    result = ask("metrics", family)
    assert {"definition", "from", "to", "unusable", "groups"} <= result.keys()
    assert result["groups"]
    for group in result["groups"]:
        assert METRICS[family] <= group.keys(), METRICS[family] - group.keys()


def test_weeks_are_named_by_their_mondays(ask: Ask) -> None:
    weeks = [group["week"] for group in ask("metrics", "dora", "--by", "week")["groups"]]
    assert weeks == sorted(weeks)
    assert "2026-03-23" in weeks


def test_findings_carry_what_the_contract_lists(ask: Ask) -> None:
    findings = ask("detect", "--dry-run")["findings"]
    wanted = {"detector", "pattern_key", "service", "category", "area", "severity", "priority", "first_seen"}
    wanted |= {"last_seen", "count", "evidence", "metrics", "summary", "entry_id"}
    assert findings
    for finding in findings:
        assert wanted <= finding.keys()
        assert finding["pattern_key"].startswith(finding["category"] + ".")
        assert finding["evidence"]


def test_the_planted_patterns_are_found(ask: Ask) -> None:
    found = {finding["detector"] for finding in ask("detect", "--dry-run")["findings"]}
    planted = {
        "alert_fatigue",
        "alert_recurrence",
        "canary_regression",
        "capacity_exhaustion",
        "change_failure_rate",
        "coverage_gap",
        "deployment_rollback",
        "error_budget_burn",
        "ignored_alert",
        "incident_recurrence",
        "manual_pipeline_step",
        "manual_rollback",
        "manual_rotation",
        "mttr_exceeded",
        "queue_growth",
        "repeated_remediation",
        "saturation",
        "shared_root_cause",
        "slow_approval",
        "slow_detection",
        "stale_incident",
        "toil_share",
        "unactionable_alert",
    }
    assert found >= planted, planted - found


def test_detecting_again_changes_nothing(company: Path, ask: Ask) -> None:
    before = {path: path.read_bytes() for path in (company / ".learnings").rglob("*.md")}
    ask("detect")
    ask("detect")
    assert {path: path.read_bytes() for path in (company / ".learnings").rglob("*.md")} == before


def test_entries_signals_and_verdicts_have_their_names(ask: Ask) -> None:
    entry = ask("list")["entries"][0]
    assert {"id", "kind", "logged", "priority", "status", "area", "skill", "summary", "metadata"} <= entry.keys()
    assert entry["skill"] == "operations"
    signal = ask("signals", "--limit", "1")["signals"][0]
    assert {"id", "source", "kind", "status", "at", "received_at", "origin", "attrs"} <= signal.keys()
    verdicts = ask("verify")["verdicts"]
    assert {"improved"} <= {verdict["decision"] for verdict in verdicts}
    wanted = {"id", "decision", "ratio", "ci_low", "ci_high", "p_value", "before", "after", "days_needed"}
    for verdict in verdicts:
        assert wanted <= verdict.keys()


def test_recall_finds_the_pool_and_abstains_on_nonsense(ask: Ask) -> None:
    hits = ask("recall", "checkout waits for database connections, pool exhausted")["results"]
    assert {"id", "score", "why", "text"} <= hits[0].keys()
    assert ask("recall", "purple giraffe embroidery contest")["results"] == []


def test_review_and_handoff_have_sections(ask: Ask) -> None:
    assert ask("review")["sections"]
    assert ask("handoff")["sections"]


def test_a_backtest_says_findings_and_days_per_detector(ask: Ask) -> None:
    result = ask("backtest", "--detector", "alert_fatigue", "--set", "max_episodes_per_day=40", "--days", "30")
    text = json.dumps(result)
    assert '"findings"' in text
    assert '"days"' in text


def test_classify_and_redact_read_stdin(ask: Ask, company: Path) -> None:
    seen = ask("classify", given="payments-7d9f  0/1  CrashLoopBackOff  12  4m\n")
    assert {"operational", "category", "severity", "pattern_key", "matched"} <= seen.keys()
    assert seen["operational"] is True
    done = opsloop(company, "redact", given="password=hunter2hunter2 from 10.1.2.3\n")
    assert "hunter2" not in done.stdout
    assert "10.1.2.3" not in done.stdout


def test_promotion_candidates_name_a_criterion_and_evidence(ask: Ask) -> None:
    text = json.dumps(ask("promote", "--candidates"))
    assert '"criterion"' in text
    assert '"evidence"' in text


def test_promote_shows_a_diff_and_writes_only_with_yes(fresh: Path) -> None:
    entry = {"kind": "issue", "name": "pool", "summary": "Pool exhausted", "mitigation": "Scale down the batch"}
    made = document(opsloop(fresh, "log", "issue", "--from-json", "-", "--json", given=json.dumps(entry)))
    shown = document(opsloop(fresh, "promote", made["id"], "--to", "runbook", "--json"))
    assert shown["diff"]
    assert not (fresh / shown["path"]).exists()
    written = document(opsloop(fresh, "promote", made["id"], "--to", "runbook", "--yes", "--json"))
    assert written["status"] == "promoted"
    assert (fresh / written["path"]).is_file()
    assert document(opsloop(fresh, "show", made["id"], "--json"))["entries"][0]["status"] == "promoted"
