"""A promoted skill passes the official validator of the Agent Skills specification."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.errors import BadInput
from opsloop.model import Entry
from opsloop.targets import Material, skill

NOW = datetime(2026, 4, 2, tzinfo=UTC)
VALIDATOR = Path(sys.executable).with_name("agentskills")


def entry(**said: str) -> Entry:
    texts = {"summary": "Certificates expire: <nobody> renews them", "mitigation": "Renew it", "id": "LRN-20260401-001"}
    return Entry(kind="learning", category="toil_accumulation", **(texts | said))  # type: ignore[arg-type]


@pytest.mark.skipif(not VALIDATOR.exists(), reason="agentskills is not installed beside this python")
@pytest.mark.parametrize(
    "summary", ["Certificates expire: <nobody> renews them", 'Quotes " and \\ and: colons', "x" * 2000]
)
def test_the_validator_accepts_it(summary: str, tmp_path: Path) -> None:
    files = skill.render(
        Material(entries=(entry(summary=summary),), place="skills", now=NOW, name="renew-certificates")
    )
    path = tmp_path / "skills" / "renew-certificates" / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(files["skills/renew-certificates/SKILL.md"], encoding="utf-8")
    done = subprocess.run([str(VALIDATOR), "validate", str(path.parent)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Renew", "-renew", "renew-", "re--new", "re new", "../renew", "r" * 65, "renéw"])
def test_a_name_that_the_specification_refuses_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="skill name"):
        skill.render(Material(entries=(entry(),), place="skills", now=NOW, name=name))
