"""Killed at any moment, the receiver loses nothing that it acknowledged; without space, it says so and recovers."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import QUIET, Receiver, alert, free_port, notification, wait_until
from stores import store_in


class Sender(threading.Thread):
    """Posts new alerts without pause and remembers those that were acknowledged."""

    numbers = itertools.count()

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.acknowledged, self.ended = port, list[str](), False

    def run(self) -> None:
        while not self.ended:
            batch = [next(Sender.numbers) for _ in range(5)]
            body = json.dumps(notification(*map(alert, batch)))
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("POST", "/v1/webhooks/alertmanager", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                if answer.status == 202 and json.loads(answer.read())["accepted"] == 5:
                    self.acknowledged += [f"{number:016x}" for number in batch]
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)
            finally:
                connection.close()


def _kill_under_load(root: Path, times: int) -> None:
    (root / "opsloop.toml").write_text(QUIET.replace("seal_every_minutes = 0", "seal_every_minutes = 0.001"))
    port, dice = free_port(), random.Random(times)
    senders = [Sender(port) for _ in range(4)]
    for sender in senders:
        sender.start()
    for _ in range(times):
        already = sum(len(sender.acknowledged) for sender in senders)
        with Receiver(root, port=port):
            wait_until(lambda: sum(len(sender.acknowledged) for sender in senders) > already, what="an acknowledgement")  # noqa: B023
            time.sleep(dice.random())
    for sender in senders:
        sender.ended = True
    for sender in senders:
        sender.join()
    stored = [one.fingerprint for one in store_in(root).read()]
    acknowledged = {fingerprint for sender in senders for fingerprint in sender.acknowledged}
    print(f"{times} kills, {len(acknowledged)} signals acknowledged, {len(stored)} stored")
    assert len(stored) == len(set(stored))
    assert acknowledged - set(stored) == set()
    assert len(acknowledged) > 5 * times


@pytest.mark.slow
def test_twenty_kills_under_load_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    _kill_under_load(tmp_path, 20)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_two_hundred_kills_under_load_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    _kill_under_load(tmp_path, 200)


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[None]:
    """A tmpfs of that size."""
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a tmpfs here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


@pytest.mark.slow
def test_a_full_disk_is_answered_507_or_503_and_over_when_there_is_space_again(tmp_path: Path) -> None:
    root = tmp_path / "small"
    with small_disk(root, 8):
        (root / "opsloop.toml").write_text(QUIET)
        with Receiver(root) as running:
            assert running.post("alertmanager", notification(alert(0)))[0] == 202
            ballast = root / "ballast"
            with ballast.open("wb") as file:
                while True:
                    try:
                        os.write(file.fileno(), b"\0" * 65536)
                    except OSError:
                        break
            batches = [[alert(100 * batch + number) for number in range(1, 100)] for batch in range(40)]
            answers = [(batch, running.post("alertmanager", notification(*batch))) for batch in batches]
            refused = [(status, answer["error"]["code"]) for _, (status, answer) in answers if status != 202]
            assert refused
            assert set(refused) <= {(507, "store_full"), (503, "outside_failed")}
            assert running.get("/readyz")[0] in {503, 507}
            assert running.get("/healthz")[0] == 200
            ballast.unlink()
            again = [
                running.post("alertmanager", notification(*batch))[0] for batch, (status, _) in answers if status != 202
            ]
            assert set(again) == {202}
            assert running.get("/readyz")[0] == 200
        assert len(store_in(root).read()) == 1 + 40 * 99
