"""inside.py SPEC.json: what runs in the client's network namespace, which has loopback and nothing else.

Starts the scripted model, then what the client needs beside it (a gateway), then the client; ends them all.
SPEC: ``steps log commands: [{argv, env, cwd, limit_s, stdout, waits_for_port}]``; all but the last run in the background.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from harness.model import Model


def start(command: dict[str, Any]) -> subprocess.Popen[bytes]:
    with Path(command["stdout"]).open("ab") as out:
        return subprocess.Popen(
            command["argv"], env=command["env"], cwd=command["cwd"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )


def wait_for_port(port: int, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    model = Model(spec["steps"], Path(spec["log"]))
    threading.Thread(target=model.serve_forever, daemon=True).start()
    *beside, client = spec["commands"]
    running = []
    try:
        for command in beside:
            running.append(start(command))
            wait_for_port(command["waits_for_port"], command["limit_s"])
        running.append(start(client))
        return running[-1].wait(client["limit_s"])
    except subprocess.TimeoutExpired:
        return 124
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
