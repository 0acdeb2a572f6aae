"""One session of a real client: play a script, then ask what reached the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import recipes

LIMIT_S = 120
PROMPT = "Check the payments deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What happened: the client's exit code and output, and each request as the model read it."""

    exit_code: int
    output: str
    requests: tuple[tuple[tuple[str, str], ...], ...]
    tools: tuple[frozenset[str], ...]

    @property
    def heard(self) -> str:
        """Everything that the model was given in the session's last request, which repeats what came before."""
        return "\n".join(text for _, text in self.requests[-1]) if self.requests else ""

    def times(self, text: str) -> int:
        """How often ``text`` stands in what the model had read at the end."""
        return self.heard.count(text)


class Player:
    """Runs clients in ``project`` with ``home`` as HOME; the transcripts go to ``log``."""

    def __init__(self, project: Path, home: Path, log: Path) -> None:
        self.project = project
        self.home = home
        self._log = log
        self._played = 0

    def opsloop(self, *words: str) -> str:
        """What our own command prints, run in the project with the client's HOME; raises CalledProcessError."""
        command = [str(Path(sys.executable).with_name("opsloop")), *words]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        return subprocess.run(command, cwd=self.project, env=env, check=True, capture_output=True, text=True).stdout

    def play(self, client: str, steps: list[dict[str, Any]], *options: str, prompt: str = PROMPT) -> Session:
        """One session."""
        if client == "codex":
            recipes.trust_codex(self.home, self.project)
        if client == "openclaw":
            recipes.configure_openclaw(self.home, self.project)
        commands = [getattr(recipes, client)(self.home, prompt, *options)]
        if client == "openclaw" and "--local" not in options:
            commands.insert(0, recipes.openclaw_gateway(self.home))
        return self.run(commands, steps)

    def run(self, commands: list[tuple[list[str], dict[str, str]]], steps: list[dict[str, Any]]) -> Session:
        """Any command lines of a client, the last one in the foreground."""
        self._played += 1
        folder = self._log / str(self._played)
        folder.mkdir(parents=True)
        out, log, spec = folder / "output", folder / "requests.jsonl", folder / "spec.json"
        described = [
            {
                "argv": argv,
                "env": env,
                "cwd": str(self.project),
                "limit_s": LIMIT_S,
                "stdout": str(out if (argv, env) == commands[-1] else folder / "beside"),
                "waits_for_port": recipes.GATEWAY_PORT,
            }
            for argv, env in commands
        ]
        spec.write_text(json.dumps({"steps": steps, "log": str(log), "commands": described}))
        inside = Path(__file__).with_name("inside.py")
        done = subprocess.run(
            ["unshare", "-n", sys.executable, str(inside), str(spec)],
            env={"PATH": os.environ["PATH"]},
            check=False,
            timeout=LIMIT_S * 3,
        )
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Session(
            exit_code=done.returncode,
            output=out.read_text(errors="replace") if out.exists() else "",
            requests=tuple(tuple((role, text) for role, text in line["heard"]) for line in lines),
            tools=tuple(frozenset(line["tools"]) for line in lines),
        )
