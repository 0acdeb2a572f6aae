"""Every attempt, brought in by every door that a promoted file draws from, in the draft of every target."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from outside import corpus, openings, plain
from unquoted import code_blocks, own_words

from opsloop import targets
from opsloop.errors import BadInput
from opsloop.model import Entry, Signal
from opsloop.targets import Material
from opsloop.verbs.detect import detect
from opsloop.verbs.importing import import_folder
from opsloop.verbs.ingest import ingest
from opsloop.verbs.init import init
from opsloop.verbs.promote import promote
from opsloop.verbs.workspace import Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ATTEMPTS = corpus("attempts")
SLO = """
[[slo]]
name = "availability"
service = "checkout"
objective = 0.999
good_query = 'sum(rate(http_requests_total{code!~"5.."}[5m]))'
total_query = "sum(rate(http_requests_total[5m]))"
"""
OURS = re.compile(
    r"link_open  \{'href': 'automation-backlog/[A-Z]+-\d{8}-\d+\.md'\}"
    r"|image Growth and forecast \{'src': '[\w.-]+\.svg', 'alt': ''\}"
)
"""The links and pictures that targets make themselves."""


OPENINGS = re.compile("|".join(re.escape(f" {one} ") for one in openings(ATTEMPTS)))
INSTRUCTIONS = ("agents", "skill", "tools")
"""What agents follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """A project whose signals and imports hold every attempt in every place for words."""

    ws: Workspace
    detected: list[str]
    imported: list[str]
    around: dict[str | None, list[Signal]]

    def material(self, target: str, entry: Entry) -> Material:
        """The entry with all signals of its service, and another one of its pattern beside it."""
        seen = {entry.id: self.around.get(entry.service, [])[-12:]}
        group = {"service": entry.service, "name": "disk", "resource": entry.summary, "threshold": 0.8}
        return Material(
            entries=(entry,),
            place=targets.load(target).FORM.place,
            now=NOW,
            occurrences=seen,
            evidence={} if target == "capacity" else seen,
            related={entry.id: [entry]},
            figures={"capacity": {entry.id: [group]}},
            slo=self.ws.settings.slo[0],
            name="a-skill",
        )


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    root = tmp_path_factory.mktemp("poisoned")
    (root / "opsloop.toml").write_text(SLO, encoding="utf-8")
    ws = Workspace(root, NOW)
    init(ws)
    sent = [one for number, (_, text) in enumerate(ATTEMPTS) for one in signals(number, text)]
    answer = ingest(ws, "signals", "".join(json.dumps(one) + "\n" for one in sent).encode())
    assert answer["accepted"] == len(sent), answer["rejected"][:3]
    detected = [one["entry_id"] for one in detect(ws)["findings"]]
    folder = tmp_path_factory.mktemp("imports")
    (folder / "LEARNINGS.md").write_text("".join(learning(n, text) for n, (_, text) in enumerate(ATTEMPTS)))
    for number, (_, text) in enumerate(ATTEMPTS):
        (folder / f"2026-02-01-{number:03}.md").write_text(postmortem(number, text), encoding="utf-8")
    imported = [one["id"] for one in import_folder(ws, folder)["entries"]]
    assert len(detected) > 3 * len(ATTEMPTS)
    assert len(imported) >= 2 * len(ATTEMPTS) - 6
    around: dict[str | None, list[Signal]] = {}
    for signal in ws.store.read():
        around.setdefault(signal.service, []).append(signal)
    return Poisoned(ws=ws, detected=detected, imported=imported, around=around)


def signals(number: int, text: str) -> Iterator[dict[str, Any]]:
    """One attempt as monitor, incident, root cause, repair, responder, team, resource and queue."""
    service = f"service-{number}"
    for day in range(1, 5):
        at = NOW - timedelta(days=day)
        common = {"source": "test", "service": service if day % 2 else text, "environment": "production"}
        attrs = {"root_cause": text, "team": text, "engineer": text, "responder": text, "resource": text}
        for kind, status, extra in (
            ("alert", "firing", {"name": text, "fingerprint": f"a{number}-{day}"}),
            ("incident", "started", {"name": text, "fingerprint": f"i{number}-{day}", "severity": "P1"}),
            ("incident", "resolved", {"name": text, "fingerprint": f"i{number}-{day}", "severity": "P1"}),
            ("remediation", "done", {"name": text, "duration_s": 900.0}),
        ):
            later = at + timedelta(hours=9 * (status == "resolved"))
            manual = {"manual": "true"} if kind == "remediation" else {}
            yield {
                "id": f"{kind}-{status}-{number}-{day}",
                "kind": kind,
                "status": status,
                "at": later.isoformat(),
                "summary": text,
                "attrs": attrs | manual,
                **common,
                **extra,
            }
    for hour in range(30):
        yield {
            "id": f"sample-{number}-{hour}",
            "source": "test",
            "kind": "sample",
            "status": "-",
            "at": (NOW - timedelta(hours=30 - hour)).isoformat(),
            "service": service,
            "name": "disk",
            "value": 0.6 + hour / 90,
            "attrs": {"resource": text},
        }


def learning(number: int, text: str) -> str:
    line = " ".join(text.split()) or "attempt"
    return (
        f"## [LRN-20260103-{number:03}] incident_pattern\n\n**Logged**: 2026-01-03T10:00:00Z\n**Priority**: high\n"
        f"**Status**: promoted\n**Area**: monitoring\n**Promoted**: AGENTS.md, automation backlog\n\n"
        f"### Summary\nnumber {number} says {line}\n\n### Details\n{text}\n\n### Suggested Action\n{text}\n\n"
        f"### Mitigation\n{text}\n\n### Steps\n{text}\n\n### Rollback\n{text}\n\n### Verify\n{text}\n\n"
        f"### Metadata\n- Source: {line}\n- Service: {line}\n- Related Alerts: {line}\n- Approved-By: {line}\n"
        f"- Recurrence-Count: 3, {line}\n- Last-Seen: {line}\n- Pattern-Key: {line}\n- Detector: {line}\n"
        f"- Contributing Factors: {line}\n\n---\n"
    )


def postmortem(number: int, text: str) -> str:
    front = {"title": text, "date": "2026-02-01", "severity": "P2", "services": text, "summary": f"{number}: {text}"}
    return (
        f"---\n{json.dumps(front)}\n---\n{text}\n\n## Impact\n{text}\n\n## Timeline\n- 10:02 {text}\n\n"
        f"## Root cause\n{text}\n\n## Resolution\n{text}\n\n## Lessons learned\n{text}\n\n## Action items\n- {text}\n"
    )


def added(diff: str) -> str:
    """The text of a draft of one new file."""
    lines = diff.splitlines()
    return "\n".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++ "))


@pytest.mark.parametrize("door", ["detected", "imported"])
@pytest.mark.parametrize("target", targets.names())
def test_a_target_says_nothing_of_an_attempt_in_its_own_voice(poisoned: Poisoned, target: str, door: str) -> None:
    """Also instructions for agents, which ``promote`` refuses to make of what it takes for an attempt."""
    quoted = False
    for entry in map(poisoned.ws.journal.get, getattr(poisoned, door)):
        for path, text in targets.load(target).render(poisoned.material(target, entry)).items():
            if not path.endswith((".svg", ".yaml")):
                quoted = holds(text) or quoted
    own = target == "slo" or (target in {"agents", "tools"} and door == "detected")  # say what settings and rules say
    assert quoted or own, "no attempt came as far as the text: this test would prove nothing"


@pytest.mark.parametrize("door", ["detected", "imported"])
@pytest.mark.parametrize("target", [name for name in targets.names() if name not in INSTRUCTIONS])
def test_a_draft_is_what_the_target_says(poisoned: Poisoned, target: str, door: str) -> None:
    """From the signals that prove it to the diff that a person reads; for a few, for that takes a while."""
    entries = getattr(poisoned, door)[:: 60 if door == "detected" else 20]
    for file in promote(poisoned.ws, entries, target, slo="availability")["files"]:
        if not file["path"].endswith((".svg", ".yaml")):
            holds(added(file["diff"]))


@pytest.mark.parametrize("target", INSTRUCTIONS)
def test_instructions_that_quote_an_attempt_are_refused(poisoned: Poisoned, target: str) -> None:
    with pytest.raises(BadInput, match="rewrite the entry in your own words"):
        promote(poisoned.ws, poisoned.imported[:3], target, name="a-skill")


def holds(text: str) -> bool:
    """Fail where an attempt is not quoted; is there one that is?"""
    for said in (*own_words(text), *code_blocks(text)):
        if OURS.fullmatch(said):
            continue
        assert not re.match(r"link_open|image|html_inline", said), said
        assert not (spoken := OPENINGS.search(plain(said))), (spoken[0], said)
    return bool(OPENINGS.search(plain(text)))


def test_what_an_import_claims_to_have_been_promoted_joins_no_file(poisoned: Poisoned) -> None:
    chosen = poisoned.detected[0]
    for target in ("agents", "backlog"):
        assert promote(poisoned.ws, [chosen], target)["entries"] == [chosen]
        diff = promote(poisoned.ws, [chosen], target)["diff"]
        assert not any(entry in diff for entry in poisoned.imported)


def test_an_import_can_not_bring_an_approval_along(poisoned: Poisoned) -> None:
    for entry in poisoned.imported:
        kept = poisoned.ws.journal.get(entry)
        assert kept.origin == "import"
        assert not {"Approved-By", "Detector"} & kept.metadata.keys()


def test_what_a_person_approved_is_plain_again(poisoned: Poisoned, tmp_path: Path) -> None:
    ws = Workspace(tmp_path, NOW)
    init(ws)
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "2026-01-02-pool.md").write_text(
        "---\ntitle: Pool exhausted\ndate: 2026-01-02\n---\nCheckout waited for connections.\n\n"
        "## Resolution\n1. Raise the pool to 200\n2. Restart checkout (kubectl rollout restart deploy/checkout)\n"
    )
    entry = import_folder(ws, folder)["entries"][0]["id"]
    before = promote(ws, [entry], "runbook")["diff"]
    assert "+> 1. Raise the pool to 200" in before
    assert "+1. Raise the pool to 200" not in before
    file = next(path for path in (tmp_path / ".learnings").iterdir() if entry in path.read_text())
    file.write_text(file.read_text().replace("- Imported-From:", "- Approved-By: dana\n- Imported-From:"))
    after = promote(Workspace(tmp_path, NOW), [entry], "runbook")["diff"]
    assert "+1. Raise the pool to 200" in after
    assert "Quoted from outside" not in after
