"""``opsloop metrics`` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import called, document, opsloop
from told import signal

from opsloop.verbs.metrics import FAMILIES

SIGNALS = [
    signal("deployment succeeded", "2026-03-20 10:00", "d1", environment="production"),
    signal("incident started", "2026-03-20 11:00", "i1", severity="P1"),
    signal("sample -", "2026-03-20 11:00", name="disk", value=0.95, resource="db"),
    signal("sli -", "2026-03-20 11:00", name="availability", good="999", total="1000", objective="0.99"),
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with four signals."""
    (tmp_path / "opsloop.toml").write_text("", encoding="utf-8")
    lines = "\n".join(json.dumps(event.as_json()) for event in SIGNALS)
    assert opsloop(tmp_path, "ingest", "signals", "-", given=lines).returncode == 0
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_answers_without_any_signals(family: str, tmp_path: Path) -> None:
    result = document(opsloop(tmp_path, "metrics", family, "--json"))
    assert result.keys() == {"definition", "from", "to", "unusable", "groups"}
    assert (result["from"], result["to"]) == ("2026-02-27T12:30:00Z", "2026-03-29T12:30:00Z")
    assert result["definition"]


@pytest.mark.slow
def test_text_shows_the_figures_and_what_they_mean(shop: Path) -> None:
    done = opsloop(shop, "metrics", "dora")
    assert done.returncode == 0
    assert "100%" in done.stdout
    assert "Deployments: distinct runs" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("named", ["billing@2.2.9", "billing@2.3.0"], ids=["now running", "undone"])
def test_a_rollback_told_by_cdevents_fails_the_deployment_before_it(tmp_path: Path, named: str) -> None:
    (tmp_path / "opsloop.toml").write_text("", encoding="utf-8")
    lines = [
        cdevent("deployed", "2026-03-02T10:00:00Z", "billing@2.2.9"),
        cdevent("upgraded", "2026-03-18T10:00:00Z", "billing@2.3.0"),
        cdevent("rolledback", "2026-03-18T14:15:00Z", named),
        cdevent("deployed", "2026-03-20T10:00:00Z", "billing@2.2.9"),
    ]
    assert opsloop(tmp_path, "ingest", "cdevents", "-", given="\n".join(lines)).returncode == 0
    figures = document(opsloop(tmp_path, "metrics", "dora", "--json"))["groups"][0]
    assert (figures["deployments"], figures["failed_deployments"]) == (3, 1)


def cdevent(what: str, at: str, artifact: str) -> str:
    """What happened to the service billing in production, as one line."""
    context = {"id": at, "source": "/argo", "type": f"dev.cdevents.service.{what}.0.2.0", "timestamp": at}
    content = {"environment": {"id": "production"}, "artifactId": artifact}
    return json.dumps({"context": context, "subject": {"id": "billing", "content": content}})


@pytest.mark.slow
def test_a_threshold_reaches_the_computation(shop: Path) -> None:
    held = document(opsloop(shop, "metrics", "capacity", "--json", "--threshold", "disk=0.96"))
    assert (held["groups"][0]["threshold"], held["groups"][0]["sustained"]) == (0.96, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dora", "--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"], "not before"),
        (["dora", "--from", "yesterday"], "RFC 3339"),
        (["dora", "--threshold", "cpu=0.5"], "capacity"),
        (["capacity", "--threshold", "cpu"], "cpu=0.85"),
        (["dora", "--by", "moon"], "moon"),
        (["uptime"], "uptime"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(words: list[str], said: str, tmp_path: Path) -> None:
    done = opsloop(tmp_path, "metrics", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('[[slo]]\nname = "a"\nobjective = 1.0\n', "fraction"),
        ('[[slo]]\nname = "a"\nobjective = 0.9\n[[slo]]\nname = "a"\nobjective = 0.99\n', "keep one"),
        ("[metrics]\nwindow = 7\n", "window_days"),
    ],
)
def test_declarations_that_do_not_fit_are_refused(settings: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(settings, encoding="utf-8")
    done = opsloop(tmp_path, "metrics", "slo", "--json")
    assert done.returncode == 2
    assert said in json.loads(done.stderr)["error"]["message"]


@pytest.mark.slow
def test_doctor_names_a_burn_alert_that_can_never_fire(tmp_path: Path) -> None:
    slos = '[[slo]]\nname = "weak"\nobjective = 0.9\n[[slo]]\nname = "good"\nobjective = 0.999\n'
    (tmp_path / "opsloop.toml").write_text(slos, encoding="utf-8")
    done = opsloop(tmp_path, "doctor", "--json")
    assert done.returncode == 1
    found = [item for item in json.loads(done.stdout)["problems"] if item["check"] == "objectives"]
    assert [(item["where"], "1h" in item["what"]) for item in found] == [("SLO weak", True)]


def test_a_date_is_its_first_moment_in_utc(tmp_path: Path) -> None:
    told = document(called(tmp_path, "metrics", "dora", "--from", "2026-03-01", "--to", "2026-03-08", "--json"))
    assert (told["from"], told["to"]) == ("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z")
    refused = called(tmp_path, "metrics", "dora", "--from", "2026-03-01T10:00")
    assert refused.returncode == 2
    assert "write 2026-01-31T12:00:00Z or a date alone" in refused.stderr
