"""The audit log is appended to, redacted, and readable after a crash."""

from __future__ import annotations

from pathlib import Path

from opsloop.audit import AuditLog


def test_records_are_kept_in_order_and_redacted(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.record(actor="cli", action="log", subject="OPS-1", detail="from 10.1.2.3")
    log.record(actor="web", action="promote", subject="OPS-2")
    records = log.records()
    assert [(record["actor"], record["action"]) for record in records] == [("cli", "log"), ("web", "promote")]
    assert "10.1.2.3" not in log.path.read_text()
    assert log.records(subject="OPS-2") == records[1:]
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_off_costs_only_itself(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.record(actor="cli", action="log", subject="OPS-1")
    log.path.write_bytes(log.path.read_bytes() + b'{"at": "2026-01-31T12')
    log.record(actor="cli", action="resolve", subject="OPS-1")
    assert [record["action"] for record in log.records()] == ["log", "resolve"]


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "audit.jsonl").records() == []
