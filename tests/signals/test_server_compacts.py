"""A running server seals by itself, and merges what it sealed."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import Receiver, alert, notification, wait_until
from stores import store_in

SETTINGS = """
[store]
seal_after_hours = 0
compact_min_files = 2
[serve]
seal_every_minutes = 0.02
detect_every_minutes = 0
verify_every_minutes = 0
"""


@pytest.mark.servers
@pytest.mark.slow
def test_small_files_are_merged_while_deliveries_go_on(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(SETTINGS)
    lake = tmp_path / ".opsloop" / "lake"
    sent = 0

    def deliver_until_merged() -> bool:
        nonlocal sent
        assert server.post("alertmanager", notification(alert(sent)))[0] == 202
        sent += 1
        return any(path.stem.count("-") == 3 for path in lake.rglob("*.parquet"))

    with Receiver(tmp_path) as server:
        wait_until(deliver_until_merged, within_s=60, what="a merged file")
        assert server.stop() == 0
    assert len(store_in(tmp_path).read()) == sent
