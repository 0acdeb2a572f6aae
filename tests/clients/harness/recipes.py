"""How each real client is started: headless, with an empty environment, its own HOME, a fake key and the scripted model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from harness.model import PORT

CLIENTS = Path(os.environ.get("OPSLOOP_CLIENTS", Path.home() / ".cache" / "opsloop-clients"))
NODE = CLIENTS / "node" / "node_modules" / "node" / "bin"
MODEL = f"http://127.0.0.1:{PORT}"
GATEWAY_PORT = 18789


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Nothing of the caller's environment but a PATH that has the pinned Node first, and what the test names."""
    path = f"{NODE}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": str(home), "TERM": "dumb", "LANG": "C.UTF-8", **extra}


def binary(name: str) -> str:
    return str(CLIENTS / name / "node_modules" / ".bin" / name)


def claude(home: Path, prompt: str, *options: str) -> tuple[list[str], dict[str, str]]:
    argv = [binary("claude"), "-p", prompt, "--dangerously-skip-permissions", *options]
    return argv, environment(home, **CLAUDE)


CLAUDE = {
    "ANTHROPIC_BASE_URL": MODEL,
    "ANTHROPIC_API_KEY": "sk-ant-fake",
    "IS_SANDBOX": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}


def codex(home: Path, prompt: str, *options: str) -> tuple[list[str], dict[str, str]]:
    provider = (
        f'{{name="scripted",base_url="{MODEL}/v1",env_key="SCRIPTED_KEY",wire_api="responses",request_max_retries=0}}'
    )
    argv = [
        *(binary("codex"), "exec", "--skip-git-repo-check"),
        *("--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust"),
        *("-m", "scripted", "-c", "model_provider=scripted", "-c", f"model_providers.scripted={provider}"),
        *("-c", "check_for_update_on_startup=false", "-c", "analytics.enabled=false", *options, prompt),
    ]
    return argv, environment(home, SCRIPTED_KEY="sk-fake")


def trust_codex(home: Path, project: Path) -> None:
    """Codex skips the hooks of a project that its user has not said to trust."""
    config = home / ".codex" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    known = config.read_text() if config.exists() else ""
    table = f'[projects."{project}"]\n'
    if table not in known:
        config.write_text(f'{known}\n{table}trust_level = "trusted"\n')


def copilot(home: Path, prompt: str, *options: str) -> tuple[list[str], dict[str, str]]:
    argv = [binary("copilot"), "-p", prompt, "--allow-all-tools", "--allow-all-paths", *options]
    provider = {
        "COPILOT_PROVIDER_BASE_URL": f"{MODEL}/v1",
        "COPILOT_PROVIDER_API_KEY": "sk-fake",
        "COPILOT_MODEL": "scripted",
        "COPILOT_OFFLINE": "true",
        "COPILOT_AUTO_UPDATE": "false",
        "COPILOT_ALLOW_ALL": "true",
    }
    return argv, environment(home, **provider)


def gemini(home: Path, prompt: str, *options: str) -> tuple[list[str], dict[str, str]]:
    path = home / ".gemini" / "settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(settings | {"security": {"auth": {"selectedType": "gemini-api-key"}}}, indent=2))
    argv = [binary("gemini"), "--yolo", "-m", "gemini-2.5-pro", "-p", prompt, *options]
    extra = {"GOOGLE_GEMINI_BASE_URL": MODEL, "GEMINI_API_KEY": "fake", "GEMINI_CLI_TRUST_WORKSPACE": "true"}
    return argv, environment(home, **extra)


def openclaw(home: Path, prompt: str, *options: str) -> tuple[list[str], dict[str, str]]:
    argv = [binary("openclaw"), "agent", "--agent", "main", "--message", prompt, *options]
    return argv, environment(home, OPENCLAW_NO_RESPAWN="1")


def openclaw_gateway(home: Path) -> tuple[list[str], dict[str, str]]:
    return [binary("openclaw"), "gateway", "run"], environment(home, OPENCLAW_NO_RESPAWN="1")


def configure_openclaw(home: Path, project: Path) -> None:
    """The scripted model as OpenClaw's only provider, the project as its workspace."""
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    model = {
        "id": "scripted",
        "name": "scripted",
        "reasoning": False,
        "input": ["text"],
        "contextWindow": 128_000,
        "maxTokens": 4096,
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
    }
    provider = {"baseUrl": f"{MODEL}/v1", "apiKey": "sk-fake", "api": "openai-completions", "models": [model]}
    config.setdefault("models", {}).setdefault("providers", {})["scripted"] = provider
    defaults = config.setdefault("agents", {}).setdefault("defaults", {})
    defaults |= {"model": {"primary": "scripted/scripted"}, "workspace": str(project)}
    config.setdefault("gateway", {}).update(
        {"mode": "local", "port": GATEWAY_PORT, "auth": {"mode": "token", "token": "fake"}}
    )
    config.setdefault("tools", {}).setdefault("exec", {}).update({"security": "full", "ask": "off"})
    path.write_text(json.dumps(config, indent=1))
