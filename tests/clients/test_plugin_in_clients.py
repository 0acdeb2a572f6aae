"""The plugin tree, installed by each client's own commands; a skill made in one session and loaded in the next; MCP."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from harness import recipes

pytestmark = [pytest.mark.clients, pytest.mark.slow]

PLUGIN = str(Path(__file__).parents[2] / "plugin")
OPSLOOP = Path(sys.executable).parent
SEEN = "opsloop saw an operational problem"
SKILL = "self-improving-operations"
QUIET = "Rename a variable in the parser"


def with_opsloop(command):
    """The same command with our own commands on PATH, as after ``pipx install``."""
    argv, env = command
    return argv, env | {"PATH": f"{OPSLOOP}:{env['PATH']}"}


def run(player, name, *words, **env):
    """One command of a client; its output."""
    session = player.run([with_opsloop(([recipes.binary(name), *words], recipes.environment(player.home, **env)))], [])
    assert session.exit_code == 0, session.output
    return session.output


@pytest.mark.needs("claude-code")
@pytest.mark.xdist_group("claude")
def test_claude_code_validates_installs_and_connects(player, kubectl):
    run(player, "claude", "plugin", "validate", PLUGIN, **recipes.CLAUDE)
    run(player, "claude", "plugin", "marketplace", "add", PLUGIN, **recipes.CLAUDE)
    run(player, "claude", "plugin", "install", "opsloop@opsloop", **recipes.CLAUDE)
    assert "Connected" in run(player, "claude", "mcp", "list", **recipes.CLAUDE)
    player.opsloop("agents", "install", "claude-code", "--yes")
    session = player.run([with_opsloop(recipes.claude(player.home, QUIET))], [kubectl.failing])
    assert SKILL in session.heard
    assert session.times(SEEN) == 1, "the plugin's hook and the project's hook both ran"


@pytest.mark.needs("codex")
@pytest.mark.xdist_group("codex")
def test_codex_installs_the_same_tree(player, kubectl):
    recipes.trust_codex(player.home, player.project)
    run(player, "codex", "plugin", "marketplace", "add", PLUGIN)
    run(player, "codex", "plugin", "add", "opsloop@opsloop")
    assert "opsloop" in run(player, "codex", "mcp", "list")
    session = player.run([with_opsloop(recipes.codex(player.home, QUIET))], [kubectl.failing])
    assert SKILL in session.heard
    assert session.times(SEEN) == 1


@pytest.mark.needs("copilot")
@pytest.mark.xdist_group("copilot")
def test_copilot_installs_the_same_tree(player, kubectl):
    run(player, "copilot", "plugin", "marketplace", "add", PLUGIN)
    run(player, "copilot", "plugin", "install", "opsloop@opsloop")
    session = player.run([with_opsloop(recipes.copilot(player.home, QUIET))], [kubectl.failing])
    assert SKILL in session.heard
    assert session.times(SEEN) == 1
    assert "opsloop-recall" in session.tools[0]


@pytest.mark.needs("openclaw")
@pytest.mark.xdist_group("openclaw")
def test_openclaw_installs_the_same_tree(player):
    path = f"{PLUGIN}/plugins/opsloop"
    run(player, "openclaw", "plugins", "install", "--force", "--accept-capabilities", path, OPENCLAW_NO_RESPAWN="1")
    assert SKILL in run(player, "openclaw", "skills", "list", "--json", OPENCLAW_NO_RESPAWN="1")


@pytest.mark.needs("claude-code")
@pytest.mark.xdist_group("claude")
def test_an_agent_uses_an_mcp_tool_of_ours(player):
    config = json.dumps({"mcpServers": {"opsloop": {"command": str(OPSLOOP / "opsloop"), "args": ["mcp"]}}})
    (player.project / ".mcp.json").write_text(config)
    entry = {"kind": "issue", "summary": "Queue grew for an hour and nobody was told", "severity": "P3"}
    allow = ["--mcp-config", config, "--strict-mcp-config"]
    steps = [{"shell": "sleep 8"}, {"tool": "opsloop__log_entry", "arguments": entry}]  # servers connect meanwhile
    session = player.play("claude", steps, *allow, prompt=QUIET)
    assert session.exit_code == 0, session.output
    logged = json.loads(player.opsloop("list", "--json"))["entries"]
    assert "Queue grew for an hour and nobody was told" in [one["summary"] for one in logged], session.heard[-800:]


@pytest.mark.needs("claude-code")
@pytest.mark.xdist_group("claude")
def test_a_skill_made_in_one_session_is_seen_and_loaded_in_a_fresh_one(player):
    (player.project / "opsloop.toml").write_text('[targets]\nskill = ".claude/skills"\n')
    [entry] = json.loads(player.opsloop("list", "--json"))["entries"]
    player.opsloop("resolve", entry["id"], "--notes", "The config map is versioned now")
    script = f"{PLUGIN}/plugins/opsloop/skills/{SKILL}/scripts/extract-skill.sh"
    step = {"shell": f"{script} payments-crash-recovery {entry['id']}"}
    first = player.run([with_opsloop(recipes.claude(player.home, QUIET))], [step])
    assert "payments-crash-recovery" in first.heard
    load = {"tool": "Skill", "arguments": {"skill": "payments-crash-recovery"}}
    fresh = player.play("claude", [load], prompt=QUIET)
    listed = "\n".join(text for _, text in fresh.requests[0])
    assert "payments-crash-recovery" in listed, "seen"
    assert "kubectl rollout undo deployment/payments" in fresh.heard, "loaded"
    assert json.loads(player.opsloop("show", entry["id"], "--json"))["entries"][0]["status"] == "promoted_to_skill"
