import re
from pathlib import Path

import pytest

from opsloop.model import CATEGORIES, SEVERITIES
from opsloop.rules import NEEDLES, classify, compiled, context, stirring
from opsloop.rules.table import RULES

CASES = Path(__file__).parent / "cases"


def sections(name):
    text = (CASES / f"{name}.txt").read_text(encoding="utf-8")
    parts = [part.partition("\n") for part in text.split("%% ")[1:]]
    return [pytest.param(body, id=title) for title, _, body in parts]


@pytest.mark.parametrize("output", sections("operational"))
def test_real_trouble_is_seen_and_the_cheap_scan_does_not_hide_it(output):
    verdict = classify(output)
    assert verdict["operational"]
    assert verdict["category"] in CATEGORIES
    assert verdict["severity"] in SEVERITIES
    assert verdict["pattern_key"].startswith(verdict["category"] + ".")
    assert stirring(output.encode())


@pytest.mark.parametrize("output", sections("harmless"))
def test_harmless_output_is_left_alone(output):
    assert classify(output) == dict.fromkeys(("category", "severity", "pattern_key", "matched")) | {
        "operational": False
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)
def test_a_rule_finds_its_hit_leaves_its_miss_and_has_a_needle_for_the_hook(rule):
    assert rule.search(rule.hit, rule.hit.lower())
    assert not rule.search(rule.miss, rule.miss.lower())
    assert classify(rule.hit)["operational"]
    assert stirring(rule.hit.encode())


@pytest.mark.parametrize(
    "command",
    [
        "grep -rn refused docs",
        "cat README.md",
        "git log -3",
        "man curl",
        "kubectl get --help",
        "pytest -q",
        "cd src && rg 503",
        "sudo less notes.md",
    ],
)
def test_showing_searching_and_testing_text_is_no_trouble(command):
    assert not classify("curl: (7) Failed to connect: Connection refused", command)["operational"]


@pytest.mark.parametrize(
    "command",
    [
        "tail -n 20 /var/log/app.log",
        "kubectl get pods | grep web",
        "journalctl -u web",
        "cat /proc/mdstat",
        "curl -sS http://localhost/",
    ],
)
def test_looking_at_logs_or_a_cluster_is_looking_at_what_happened(command):
    assert classify("curl: (7) Failed to connect: Connection refused", command)["operational"]


def test_an_exit_code_speaks_where_the_output_is_silent():
    assert classify("", "make big", 137)["pattern_key"] == "capacity_issue.killed"
    assert not classify("", "make", 1)["operational"]


def test_the_gravest_finding_decides_and_is_quoted():
    verdict = classify("web-0  0/1  CrashLoopBackOff  7  15m\n  health: HEALTH_ERR\n")
    assert (verdict["severity"], verdict["matched"]) == ("P1", "health: HEALTH_ERR")


def test_needles_are_lower_case_and_found_in_any_case():
    assert all(needle == needle.lower() for needle in NEEDLES)
    assert stirring(b"Connection REFUSED")
    assert not stirring(b"all is well\n" * 100)


def test_five_megabytes_are_judged_in_linear_time():
    assert not classify("0123456789 abcdef\n" * 300_000)["operational"]
    assert classify("x" * 5_000_000 + "\ncurl: (7) Failed to connect: Connection refused\n")["operational"]


def test_a_pattern_of_an_earlier_process_is_the_one_that_re_compiles(tmp_path, monkeypatch):
    sources = [f"(?m){rule.pattern}" for rule in RULES] + [
        value
        for name, value in vars(context).items()
        if name[:1] == "_" and isinstance(value, str) and name[:2] != "__"
    ]
    monkeypatch.setattr(compiled, "_PLACE", str(tmp_path / "patterns"))
    monkeypatch.setattr(compiled.sys, "dont_write_bytecode", False)
    for process in ("first", "second"):
        monkeypatch.setattr(compiled, "_ready", {})
        monkeypatch.setattr(compiled, "_forms", None)
        assert all(compiled.compiled(source) == re.compile(source) for source in sources), process
        assert compiled._fresh == (process == "first")
        compiled.keep()


@pytest.mark.parametrize("kept", [b"", b"torn", b"\xe9\x00\x00\x00\x00"])
def test_without_readable_patterns_every_process_compiles_for_itself(tmp_path, monkeypatch, kept):
    place = tmp_path / "patterns"
    place.write_bytes(kept)
    monkeypatch.setattr(compiled, "_PLACE", str(place))
    monkeypatch.setattr(compiled, "_ready", {})
    monkeypatch.setattr(compiled, "_forms", None)
    assert compiled.compiled("(?i)^a+b") == re.compile("(?i)^a+b")
