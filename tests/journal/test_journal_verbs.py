"""The journal's verbs, as the command line calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from opsloop.cli import cli
from opsloop.errors import BadInput, NotFound
from opsloop.model import AREAS, CATEGORIES, Entry

NOW = "2026-01-31T12:00:00Z"


@pytest.fixture
def run(tmp_path: Path):
    def call(*words: str, stdin: str | None = None) -> dict[str, object]:
        args = ["--root", str(tmp_path), "--now", NOW, *words, "--json"]
        result: Result = CliRunner().invoke(cli, args, input=stdin, standalone_mode=False)
        if result.exception:
            raise result.exception
        return json.loads(result.stdout)

    return call


def test_an_entry_in_json_comes_back_as_it_was_given(run) -> None:
    given = {
        "name": "pool_exhaustion",
        "priority": "critical",
        "status": "in_progress",
        "severity": "P1",
        "area": "capacity_planning",
        "summary": "Pool ran full",
        "details": "Two\n\nparagraphs",
        "impact": {"Users Affected": "40%", "Duration": "2 h"},
        "metrics": {"MTTR": "2 h"},
        "root_cause": "A batch",
        "mitigation": "```\nkubectl scale\n```",
        "prevention": "Own pool",
        "timeline": [{"time": "02:00", "event": "paged | twice"}],
        "action_items": ["[x] raise", "alert"],
        "metadata": {"Services Affected": "checkout, billing", "Pattern-Key": "incident_pattern.pool"},
        "resolution": {"Notes": "watching"},
    }
    written = run("log", "issue", "--from-json", "-", stdin=json.dumps(given))
    assert written == {"id": "OPS-20260131-001", "path": ".learnings/OPERATIONS_ISSUES.md", "similar": []}
    (shown,) = run("show", "OPS-20260131-001")["entries"]
    assert {name: shown[name] for name in given} == given
    assert (shown["logged"], shown["skill"]) == (NOW, "operations")


def test_a_feature_has_its_own_file_and_sections(run, tmp_path: Path) -> None:
    flags = ["--name", "alert_dedup", "--requested-capability", "One page", "--complexity", "simple"]
    run("log", "feature", *flags)
    text = (tmp_path / ".learnings" / "FEATURE_REQUESTS.md").read_text()
    assert "## [FEAT-20260131-001] alert_dedup\n" in text
    assert "### Requested Capability\nOne page\n\n### Complexity Estimate\nsimple\n\n---\n" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["log", "learning", "--summary", "x"], CATEGORIES[0]),
        (["log", "learning", "--category", "nonsense"], CATEGORIES[0]),
        (["log", "issue", "--name", "x", "--severity", "P9"], "P1 P2 P3 P4"),
        (["log", "issue", "--name", "x", "--area", "sales"], AREAS[0]),
        (["log", "issue", "--name", "x", "--priority", "urgent"], "low medium high critical"),
        (["log", "issue", "--name", "x", "--logged", "yesterday"], "RFC 3339"),
        (["log", "issue", "--name", "x", "--impact", "no label"], "LABEL=TEXT"),
        (["list", "--status", "open"], "pending in_progress resolved"),
        (["list", "--since", "lately"], "RFC 3339"),
        (["resolve", "X", "--notes", "n", "--status", "promoted"], "opsloop promote"),
        (["link", "A", "A"], "itself"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(run, words: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(*words)


@pytest.mark.parametrize("record", ["[]", "{", '{"nonsense": 1}', '{"kind": "learning", "name": "x"}', '{"impact": 1}'])
def test_json_that_is_no_entry_is_refused(run, record: str) -> None:
    with pytest.raises(BadInput):
        run("log", "issue", "--from-json", "-", stdin=record)


def test_an_unknown_id_is_not_found_and_nothing_is_written(run, tmp_path: Path) -> None:
    run("log", "issue", "--name", "one")
    before = (tmp_path / ".learnings" / "OPERATIONS_ISSUES.md").read_bytes()
    for words in (["show", "X"], ["resolve", "X", "--notes", "n"], ["link", "OPS-20260131-001", "X"]):
        with pytest.raises(NotFound):
            run(*words)
    assert (tmp_path / ".learnings" / "OPERATIONS_ISSUES.md").read_bytes() == before


def test_filters_combine(run) -> None:
    run("log", "issue", "--name", "one", "--severity", "P1", "--service", "api", "--pattern-key", "sla_breach.one")
    run("log", "issue", "--name", "two", "--severity", "P1", "--service", "web", "--logged", "2025-01-01T00:00:00Z")
    run("log", "learning", "--category", "sla_breach", "--summary", "three")

    def ids(*filters: str) -> list[str]:
        return [entry["id"] for entry in run("list", *filters)["entries"]]

    assert len(ids()) == 3
    assert ids("--severity", "P1", "--service", "web") == ["OPS-20250101-001"]
    assert ids("--category", "sla_breach") == ["LRN-20260131-001", "OPS-20260131-001"]
    assert ids("--pattern-key", "sla_breach.one") == ["OPS-20260131-001"]
    assert ids("--since", "30d", "--kind", "issue") == ["OPS-20260131-001"]
    assert ids("--since", "2025-01-01", "--priority", "high") == ["OPS-20260131-001", "OPS-20250101-001"]


def test_a_near_duplicate_is_written_and_pointed_at(run) -> None:
    run("log", "learning", "--category", "automation_gap", "--summary", "Certificates are renewed by hand every month")
    again = run("log", "learning", "--category", "automation_gap", "--summary", "Certificates renewed by hand monthly")
    assert (again["id"], again["similar"]) == ("LRN-20260131-002", ["LRN-20260131-001"])


def test_links_go_both_ways_once(run) -> None:
    for name in ("one", "two", "three"):
        run("log", "issue", "--name", name)
    for other in ("OPS-20260131-002", "OPS-20260131-003", "OPS-20260131-002"):
        run("link", "OPS-20260131-001", other)
    seen = [entry["metadata"]["See Also"] for entry in run("list")["entries"]]
    assert seen == ["OPS-20260131-002, OPS-20260131-003", "OPS-20260131-001", "OPS-20260131-001"]


def test_resolving_writes_the_block_and_the_audit_log(run, tmp_path: Path) -> None:
    run("log", "issue", "--name", "one", "--service", "api")
    run("resolve", "OPS-20260131-001", "--notes", "Raised to 200", "--postmortem", "https://wiki/pm-1")
    (entry,) = run("show", "OPS-20260131-001")["entries"]
    assert entry["status"] == "resolved"
    assert entry["resolution"] == {"Resolved": NOW, "Postmortem": "https://wiki/pm-1", "Notes": "Raised to 200"}
    actions = [json.loads(line)["action"] for line in (tmp_path / ".opsloop" / "audit.jsonl").read_text().splitlines()]
    assert actions == ["log", "resolve"]


def test_a_secret_never_reaches_a_file(run, tmp_path: Path) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLQ"
    run("log", "issue", "--name", "leak", "--summary", f"key {secret} leaked", "--mitigation", f"export K={secret}")
    run("resolve", "OPS-20260131-001", "--notes", f"rotated {secret}")
    run("search", "leak")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_the_form_for_json_is_that_of_the_model() -> None:
    entry = Entry(kind="issue", name="x", timeline=(("10:00", "a"),), action_items=("[x] b",), metadata={"Tags": "c"})
    assert Entry.from_json(entry.as_json()) == entry
