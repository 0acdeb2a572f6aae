"""The dispatcher between skills: who is meant, who comes first, who may run what, and how often anybody speaks."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest

from opsloop.clients.event import PROMPT, Event
from opsloop.dispatch import WINDOW_S, ground, skills, words
from opsloop.dispatch.memory import Memory
from opsloop.dispatch.session import Session

NOW = 1_767_225_600.0


def put_skill(root, name, *, scope="", declared=None, script=""):
    folder = root / ".claude" / "skills" / name
    folder.mkdir(parents=True)
    text = f'---\nname: {name}\ndescription: "Keeps what {name} teaches. More."\n---\n# {name}\n'
    (folder / "SKILL.md").write_text(
        f"{text}\n### Narrow Matcher Scope\n\n- `{scope}`\n\n### Next\n" if scope else text
    )
    if declared is not None:
        (folder / "dispatch.json").write_text(json.dumps(declared))
    if script:
        (folder / "scripts").mkdir()
        (folder / "scripts" / "activator.sh").write_text(f"#!/bin/sh\n{script}\n")
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = tmp_path / "project"
    (root / ".learnings").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def said(root, prompt, *, session="s", now="2026-01-01T12:00:00+00:00"):
    event = Event(moment=PROMPT, name="UserPromptSubmit", session=session, cwd=str(root), prompt=prompt)
    return Session(event, b"{}", {"now": now}).context()


def test_neighbours_are_found_by_their_skill_md_and_routed_by_their_matcher(project):
    put_skill(project, "self-improving-security", scope="cve|leaked credential|vulnerability")
    put_skill(project, "other-skill", scope="vulnerability")
    text = said(project, "An incident: a leaked credential in production")
    assert "self-improving-security: Keeps what self-improving-security teaches" in text
    assert "SKILL.md" in text
    assert "other-skill" not in text
    assert "self-improving-security" not in said(project, "Plan the failover", session="t")


def test_a_declaration_counts_more_than_the_skill_md(project):
    put_skill(
        project,
        "self-improving-data",
        scope="pipeline",
        declared={"domain": "data", "words": ["etl"], "reminder": "Check lineage"},
    )
    assert "self-improving-data: Check lineage" in said(project, "The etl incident")
    assert "self-improving-data" not in said(project, "The pipeline incident", session="t")


def test_precedence_is_security_engineering_coding_ai_the_named_domain_meta(project):
    for domain in ("meta", "ai", "finance", "coding", "security", "engineering"):
        put_skill(project, f"self-improving-{domain}", scope="postmortem")
    lines = said(project, "Write the postmortem of the finance outage").splitlines()
    order = [
        line.partition(":")[0].removeprefix("self-improving-")
        for line in lines
        if line.startswith(("self-", "opsloop"))
    ]
    assert order == ["security", "engineering", "coding", "ai", "finance", "opsloop", "meta"]
    assert lines[-1] == "Where these conflict, the first one counts."


def test_each_skill_reminds_once_in_five_minutes_and_session(project):
    put_skill(project, "self-improving-coding", scope="refactor")
    prompt = "Refactor after the incident"
    assert "self-improving-coding" in said(project, prompt)
    assert "self-improving-coding" not in said(project, prompt + " again", now="2026-01-01T12:04:59+00:00")
    assert "self-improving-coding" in said(project, prompt, now="2026-01-01T12:05:00+00:00")
    assert "self-improving-coding" in said(project, prompt, session="other")


def test_a_neighbours_script_runs_only_when_the_user_named_the_skill(project):
    put_skill(project, "self-improving-ai", scope="prompt", script="touch ran; echo 'from the script'")
    assert "from the script" not in said(project, "The prompt incident")
    assert not (project / "ran").exists()
    (project / "opsloop.toml").write_text('[agents]\nrun_scripts_of = ["self-improving-ai"]\n')
    assert "self-improving-ai: from the script" in said(project, "The prompt incident", session="t")


def test_a_script_that_hangs_or_shouts_is_cut_off(project, monkeypatch):
    from opsloop.dispatch import scripts

    monkeypatch.setattr(scripts, "LIMIT_S", 0.5)
    (project / "opsloop.toml").write_text('[agents]\nrun_scripts_of = ["self-improving-ai", "self-improving-coding"]\n')
    put_skill(project, "self-improving-ai", scope="prompt", script="sleep 30")
    put_skill(project, "self-improving-coding", scope="prompt", script="yes 'noise \033[31m' | head -c 50000")
    start = time.monotonic()
    text = said(project, "The prompt incident")
    assert time.monotonic() - start < 10
    assert len(text) < 2000
    assert "\033" not in text


def test_nothing_is_written_into_a_neighbours_folder_and_its_words_wake_the_hook(project):
    folder = put_skill(project, "self-improving-security", scope="cve")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    said(project, "An incident with a CVE")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert words.waking(b'{"prompt":"look at this cve"}')


def test_a_folder_that_cannot_be_read_or_holds_nonsense_is_passed_over(project):
    folder = put_skill(project, "self-improving-security", scope="cve")
    (folder / "dispatch.json").write_text("{broken")
    (project / ".claude/skills/self-improving-empty").mkdir()
    (project / ".claude/skills/self-improving-file").write_text("x")
    assert [skill.name for skill in skills.found(str(project), "")] == ["self-improving-security"]


def test_of_many_that_claim_at_once_exactly_one_is_granted(tmp_path):
    path, granted = str(tmp_path / "hooks.sqlite"), []

    def claim():
        granted.append(Memory(path, "s", NOW).claim("what", WINDOW_S))

    threads = [threading.Thread(target=claim) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == [False] * 29 + [True]


def test_memory_outlives_the_process_that_wrote_it_and_forgets_old_sessions(tmp_path):
    path = str(tmp_path / "hooks.sqlite")
    pid = os.fork()
    if not pid:
        memory = Memory(path, "s", NOW)
        memory.claim("what", WINDOW_S)
        memory.hold("OPS-20260101-001")
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    assert not Memory(path, "s", NOW + 1).claim("what", WINDOW_S)
    assert Memory(path, "s", NOW).held() == "OPS-20260101-001"
    Memory(path, "t", NOW + 8 * 86_400).forget()
    assert Memory(path, "s", NOW).held() is None


def test_the_project_is_the_nearest_above_the_first_start_that_is_in_one(tmp_path):
    (tmp_path / "one" / ".git").mkdir(parents=True)
    (tmp_path / "one" / "deep").mkdir()
    (tmp_path / "two").mkdir()
    assert ground.project(str(tmp_path / "one" / "deep")) == str(tmp_path / "one")
    assert ground.project(str(tmp_path / "two"), str(tmp_path / "one" / "deep")) == str(tmp_path / "one")
    assert ground.project(str(tmp_path / "two"), "") == str(tmp_path / "two")
    assert ground.project("", str(tmp_path / "gone"), str(tmp_path / "two")) == str(tmp_path / "two")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("an incident", True), ("coincidental", False), ("post-mortem!", True), ("SLO?", True), ("slope", False)],
)
def test_the_narrow_matcher_wants_whole_words(text, expected):
    assert words.holds(text, words.REMINDING) is expected
