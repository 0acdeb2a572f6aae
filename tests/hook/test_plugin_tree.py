"""The installable tree: valid, in step with the code, and of use without opsloop."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import opsloop
from opsloop.clients import openclaw

PLUGIN = Path(__file__).parents[2] / "plugin"
TREE = PLUGIN / "plugins" / "opsloop"
SKILL = TREE / "skills" / "self-improving-operations"
SCRIPTS = ["activator.sh", "error-detector.sh", "extract-skill.sh"]


def test_the_skill_is_valid_and_short():
    from skills_ref import validate

    assert validate(SKILL) == []
    assert len((SKILL / "SKILL.md").read_text().splitlines()) < 500


def test_every_reference_named_in_the_skill_is_there():
    text = (SKILL / "SKILL.md").read_text()
    for path in (SKILL / "references").iterdir():
        named = (
            f"references/{path.name}" in text or f"]({path.name})" in (SKILL / "references/promotion.md").read_text()
        )
        assert named, path.name


def test_the_javascript_is_what_the_installer_writes():
    shipped = Path(openclaw.__file__).parent / "files"
    for name, source in {"handler.js": "hook/handler.js", "HOOK.md": "hook/HOOK.md", "ask.js": "ask.js"}.items():
        assert (TREE / "hooks/opsloop" / name).read_text() == (shipped / source).read_text()


def test_the_manifests_agree():
    claude, codex = ((TREE / folder / "plugin.json").read_text() for folder in (".claude-plugin", ".codex-plugin"))
    assert claude == codex
    assert json.loads(claude)["version"] == opsloop.__version__
    [listed] = json.loads((PLUGIN / ".claude-plugin/marketplace.json").read_text())["plugins"]
    assert (PLUGIN / listed["source"]).resolve() == TREE
    hooks = json.loads((TREE / "hooks/hooks.json").read_text())["hooks"]
    assert set(hooks) == {"UserPromptSubmit", "PostToolUse", "PostToolUseFailure"}, "never Stop"


@pytest.mark.parametrize("script", SCRIPTS)
def test_without_opsloop_a_script_says_how_to_install_it_and_ends_well(script, tmp_path):
    for name in ("sh", "cat", "sed"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run(
        ["/bin/sh", str(SKILL / "scripts" / script), "a-skill", "OPS-20250415-001"],
        input=b"{}",
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert b"install" in done.stdout + done.stderr
    if script != "extract-skill.sh":
        assert done.stdout == b"", "stdout of a hook would reach the model at every prompt"
