"""What reaches the model in the real clients; the hooks are put there by ``opsloop agents install`` as a user would."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]

FAILING, BENIGN = {"shell": "kubectl get pods"}, {"shell": "kubectl get pods -n ok"}
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
def test_a_failing_command_brings_the_detection_and_the_matching_learning(client, name, player, tools):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [FAILING], prompt=QUIET_PROMPT, path=tools)
    assert session.exit_code == 0, session.output
    assert session.times(SEEN) == 1
    assert KEY in session.heard
    assert "OPS-" in session.heard
    assert "payments pods crash loop" in session.heard
    signals = json.loads(player.opsloop("signals", "--kind", "command", "--json"))["signals"]
    assert [signal["name"] for signal in signals] == [KEY]


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_after_a_benign_command_the_model_hears_nothing(client, name, player, tools):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [BENIGN], prompt=QUIET_PROMPT, path=tools)
    assert session.exit_code == 0, session.output
    assert "opsloop" not in _without_skills(session.heard)


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_the_hook_works_after_the_shell_has_changed_directory(client, name, player, tools):
    player.opsloop("agents", "install", name, "--yes")
    steps = [{"shell": "mkdir -p deep/er && cd deep/er && pwd"}, FAILING]
    session = player.play(client, steps, prompt=QUIET_PROMPT, path=tools)
    assert session.times(SEEN) == 1


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_a_prompt_brings_the_learning_that_fits_it(client, name, player, tools):
    player.opsloop("agents", "install", name, "--yes")
    session = player.play(client, [], prompt="Why do the payments pods crash after the deployment?", path=tools)
    assert "payments pods crash loop after a config map change" in session.heard


@pytest.mark.parametrize(("client", "name"), CLIENTS)
def test_installed_twice_it_is_injected_once(client, name, player, tools):
    """Project and user scope at once: two hooks run for one event."""
    player.opsloop("agents", "install", name, "--yes")
    player.opsloop("agents", "install", name, "--yes", "--scope", "user")
    session = player.play(client, [FAILING], prompt=QUIET_PROMPT, path=tools)
    player.opsloop("agents", "uninstall", name, "--yes", "--scope", "user")
    assert session.times(SEEN) == 1


@pytest.mark.needs("claude-code")
@pytest.mark.xdist_group("claude")
def test_claude_code_ends_its_session_and_is_not_kept_going(player, tools):
    player.opsloop("agents", "install", "claude-code", "--yes")
    session = player.play("claude", [FAILING, BENIGN], path=tools)
    assert session.exit_code == 0
    assert len(session.requests) == 3


@pytest.mark.needs("copilot")
@pytest.mark.xdist_group("copilot")
def test_copilot_with_claude_codes_settings_beside_its_own_hears_it_once(player, tools):
    player.opsloop("agents", "install", "copilot", "--yes")
    player.opsloop("agents", "install", "claude-code", "--yes")
    session = player.play("copilot", [FAILING], prompt=QUIET_PROMPT, path=tools)
    player.opsloop("agents", "uninstall", "copilot", "--yes")
    alone = player.play("copilot", [FAILING], prompt=QUIET_PROMPT, path=tools)
    player.opsloop("agents", "uninstall", "claude-code", "--yes")
    assert session.times(SEEN) == 1
    assert alone.times(SEEN) == 1, "Copilot runs the hooks of .claude/settings.json too, and takes its own form only"


@pytest.mark.needs("openclaw")
@pytest.mark.xdist_group("openclaw")
def test_openclaw_hears_of_the_session_the_prompt_and_the_command(player, tools):
    player.opsloop("agents", "install", "openclaw", "--yes")
    session = player.play("openclaw", [BENIGN, FAILING], prompt="Why do the payments pods crash?", path=tools)
    assert session.exit_code == 0, session.output
    assert "payments pods crash loop" in session.heard
    assert session.times(SEEN) == 1
    assert KEY in session.heard
    assert "opsloop recall" in session.heard, "the bootstrap file"


def _without_skills(text: str) -> str:
    """Paths of the test's own folders name the product."""
    return text.replace("opsloop-clients", "").replace("opsloop.log", "")
