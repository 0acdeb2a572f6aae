"""An open page listens for ever; a stop does not wait for it."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path

from processes import QUIET, Receiver, alert, notification


def test_a_server_with_open_pages_stops_at_once_and_ends_their_streams(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(QUIET)
    with Receiver(tmp_path) as receiver:
        pages = [urllib.request.urlopen(f"{receiver.url}/v1/events", timeout=10) for _ in range(3)]
        assert [page.readline() for page in pages] == [b": listening\n"] * 3
        assert receiver.post("alertmanager", notification(alert(1)))[0] == 202
        began = time.monotonic()
        assert receiver.stop() == 0
        assert time.monotonic() - began < 2
        for page in pages:
            page.read()  # raises IncompleteRead where the stream was cut off instead of ended
            page.close()
        assert "Traceback" not in receiver.log.read_text()
