"""Another skill's own hook script: it runs when ``[agents] run_scripts_of`` of opsloop.toml names the skill."""

from __future__ import annotations

import os

from opsloop.dispatch.settings import table

LIMIT_S = 3
_SCRIPTS = {"prompt": "activator.sh", "tool": "error-detector.sh"}


def allowed(root: str) -> frozenset[str]:
    """The skills whose scripts may run; none where the settings are missing, or broken, which ``doctor`` reports."""
    named = table(root, "agents").get("run_scripts_of")
    return frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else frozenset()


def run(folder: str, moment: str, raw: bytes, cwd: str) -> str:
    """What the script prints, given what the client told; empty when there is none, it fails, or takes over LIMIT_S."""
    path = f"{folder}/scripts/{_SCRIPTS.get(moment, '')}"
    if not os.path.isfile(path):  # noqa: PTH113
        return ""
    import subprocess

    try:
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0"', path] if os.access(path, os.X_OK) else ["/bin/sh", path],
            input=raw,
            cwd=cwd or None,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
