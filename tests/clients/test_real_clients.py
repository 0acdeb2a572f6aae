"""What reaches the model in the real clients; the hooks are put there by ``opsloop agents install`` as a user would."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]

SEEN = "opsloop saw an operational problem"
KEY = "incident_pattern.pod_not_running"
QUIET_PROMPT = "Rename a variable in the parser"
CLIENTS = [
    pytest.param("claude", "claude-code", marks=[pytest.mark.needs("claude-code"), pytest.mark.xdist_group("claude")]),
    pytest.param("codex", "codex", marks=[pytest.mark.needs("codex"), pytest.mark.xdist_group("codex")]),
    pytest.param("copilot", "copilot", marks=[pytest.mark.needs("copilot"), pytest.mark.xdist_group("copilot")]),
    pytest.param("gemini", "gemini", marks=[pytest.mark.needs("gemini"), pytest.mark.xdist_group("gemini")]),
]


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_a_failing_command_brings_the_detection_and_the_matching_learning(client, name, player, kubectl):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [kubectl.failing], prompt=QUIET_PROMPT)
    assert session.exit_code == 0, session.output
    assert session.times(SEEN) == 1
    assert KEY in session.heard
    assert "OPS-" in session.heard
    assert "payments pods crash loop" in session.heard
    signals = json.loads(player.opsloop("signals", "--kind", "command", "--json"))["signals"]
    assert [signal["name"] for signal in signals] == [KEY]


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_after_a_benign_command_the_model_hears_nothing(client, name, player, kubectl):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [kubectl.benign], prompt=QUIET_PROMPT)
    assert session.exit_code == 0, session.output
    assert _said_by_us(session) == []


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_the_hook_works_after_the_shell_has_changed_directory(client, name, player, kubectl):
    player.opsloop("agents", "install", name, "--yes")
    steps = [{"shell": "mkdir -p deep/er && cd deep/er && pwd"}, kubectl.failing]
    session = player.play(client, steps, prompt=QUIET_PROMPT)
    assert session.times(SEEN) == 1


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_a_prompt_brings_the_learning_that_fits_it(client, name, player, kubectl):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [], prompt="Why do the payments pods crash after the deployment?")
    assert "payments pods crash loop after a config map change" in session.heard


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_hooks_of_the_user_reach_the_model_in_a_project_that_has_none(client, name, player, kubectl):
    player.opsloop("agents", "install", name, "--scope", "user", "--yes")
    session = player.play(client, [kubectl.failing], prompt=QUIET_PROMPT)
    assert session.exit_code == 0, session.output
    assert session.times(SEEN) == 1


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_installed_twice_it_is_injected_once(client, name, player, kubectl):
    """Project and user scope at once: two hooks run for one event."""
    player.opsloop("agents", "install", name, "--yes")
    player.opsloop("agents", "install", name, "--yes", "--scope", "user")
    session = player.play(client, [kubectl.failing], prompt=QUIET_PROMPT)
    player.opsloop("agents", "uninstall", name, "--yes", "--scope", "user")
    assert session.times(SEEN) == 1


@pytest.mark.needs("claude-code")
@pytest.mark.xdist_group("claude")
def test_claude_code_ends_its_session_and_is_not_kept_going(player, kubectl):
    player.opsloop("agents", "install", "claude-code", "--yes")
    session = player.play("claude", [kubectl.failing, kubectl.benign])
    assert session.exit_code == 0
    assert len(session.requests) == 3


@pytest.mark.needs("copilot")
@pytest.mark.xdist_group("copilot")
def test_copilot_with_claude_codes_settings_beside_its_own_hears_it_once(player, kubectl):
    player.opsloop("agents", "install", "copilot", "--yes")
    player.opsloop("agents", "install", "claude-code", "--yes")
    session = player.play("copilot", [kubectl.failing], prompt=QUIET_PROMPT)
    player.opsloop("agents", "uninstall", "copilot", "--yes")
    alone = player.play("copilot", [kubectl.failing], prompt=QUIET_PROMPT)
    player.opsloop("agents", "uninstall", "claude-code", "--yes")
    assert session.times(SEEN) == 1
    assert alone.times(SEEN) == 1, "Copilot runs the hooks of .claude/settings.json too, and takes its own form only"


@pytest.mark.needs("openclaw")
@pytest.mark.xdist_group("openclaw")
def test_openclaw_hears_of_the_session_the_prompt_and_the_command(player, kubectl):
    player.opsloop("agents", "install", "openclaw", "--yes")
    session = player.play("openclaw", [kubectl.benign, kubectl.failing], prompt="Why do the payments pods crash?")
    assert session.exit_code == 0, session.output
    assert "opsloop knows of this" in session.heard, "behind the prompt"
    assert "payments pods crash loop" in session.heard
    assert session.times(SEEN) == 1, "behind the command that failed, and only there"
    assert KEY in session.heard
    assert "opsloop recall" in session.heard, "the bootstrap file"


def _said_by_us(session) -> list[str]:
    """Lines that only a hook of ours writes."""
    return [line for line in session.heard.splitlines() if line.lstrip().startswith("opsloop")]
