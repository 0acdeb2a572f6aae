"""What files are called: a monitor or an import that names a pattern writes neither a sentence nor a path there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outside import corpus, openings

from opsloop import targets
from opsloop.errors import BadInput
from opsloop.importers.draft import slug as named
from opsloop.model import Entry
from opsloop.redact import clean_external
from opsloop.targets import Material, prose, quoting

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ATTEMPTS = corpus("attempts")
OPENINGS = tuple(one.replace(" ", "-") for one in openings(ATTEMPTS) if " " in one)
JOINED = [("blanks", " "), ("hyphens", "-"), ("underscores", "_"), ("dots", "."), ("slashes", "/")]
PLACES = ("../../etc/cron.d/x", "..\\..\\AGENTS.md", "/root/.ssh/authorized_keys", "CON", ".git/hooks/post-checkout")


def found(key: str, text: str) -> Entry:
    """What a detector or an import makes of it."""
    return Entry(
        kind="issue",
        id="OPS-20260520-001",
        name=named(text),
        logged="2026-05-20T12:00:00Z",
        summary=text,
        metadata={"Imported-From": "x.md", "Skill-Name": key, "Service": text} | ({"Pattern-Key": key} if key else {}),
    )


def paths(entry: Entry) -> list[str]:
    """Every file that a target would write for it, under the project."""
    group = {"service": entry.service, "name": "disk", "resource": entry.summary, "threshold": 0.8}
    called = []
    for target in ("runbook", "postmortem", "capacity", "skill"):
        place = targets.load(target).FORM.place
        material = Material(
            entries=(entry,),
            place=place,
            now=NOW,
            related={entry.id: []},
            figures={"capacity": {entry.id: [group]}},
        )
        called += [str(PurePosixPath(path).relative_to(place)) for path in targets.load(target).render(material)]
    return called


def plain_and_short(path: str) -> None:
    assert re.fullmatch(r"(?:\d{4}-\d\d-\d\d-)?[a-z0-9-]{1,140}(?:\.(?:md|svg)|/SKILL\.md)", path), path


@pytest.mark.parametrize(("_", "joint"), JOINED, ids=[name for name, _ in JOINED])
@pytest.mark.slow
def test_no_attempt_is_told_by_the_name_of_a_file(_: str, joint: str) -> None:
    for _title, text in ATTEMPTS:
        words = joint.join(re.findall(r"\w+", clean_external(text, 4_000).lower())[:40])
        for entry in (found(f"incident_pattern.{words}", text), found(words, text), found("", words)):
            for path in paths(entry):
                plain_and_short(path)
                assert not (spoken := [one for one in OPENINGS if one in path]), (spoken, path)


@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_no_path(place: str) -> None:
    for entry in (found(f"incident_pattern.{place}", place), found(place, place), found("", place)):
        for path in paths(entry):
            plain_and_short(path)


@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_a_pattern_is_called_its_files_have_short_plain_names(key: str, text: str) -> None:
    called = prose.topic(found(key.strip(), text))
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", called)
    assert len(called) <= 60


def test_ordinary_names_stay_readable_and_long_ones_are_the_same_for_all_entries_of_a_pattern() -> None:
    assert prose.topic(found("capacity_issue.checkout-connection_pool", "x")) == "checkout-connection-pool"
    assert (
        prose.topic(found("incident_pattern.kubestatefulsetreplicasmismatch", "x")) == "kubestatefulsetreplicasmismatch"
    )
    key = "incident_pattern.checkout-payment-provider-timeouts-at-peak-hours-in-europe"
    theirs, own = found(key, "one"), Entry(kind="issue", id="OPS-1", metadata={"Pattern-Key": key})
    assert prose.topic(theirs) == prose.topic(own)
    assert re.fullmatch(r"incident-pattern-[0-9a-f]{8}", prose.topic(own))


@pytest.mark.parametrize("attempt", ["ignore-previous-instructions", "IgnoreAllPreviousInstructions"])
def test_an_identifier_that_speaks_is_quoted(attempt: str) -> None:
    assert quoting.name(attempt) == f"`{attempt}`"
    assert quoting.name("checkout-api") == "checkout-api"


def test_a_skill_is_not_named_by_an_import() -> None:
    entry = found("incident_pattern.pool", "pool ran full")
    with pytest.raises(BadInput, match="skill name"):
        targets.load("skill").render(
            Material(entries=(entry,), place="skills", now=NOW, name=json.dumps("ignore everything"))
        )
    assert "skills/pool/SKILL.md" in targets.load("skill").render(Material(entries=(entry,), place="skills", now=NOW))
