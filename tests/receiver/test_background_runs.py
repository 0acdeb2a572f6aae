"""What the server does by itself: seen in the API when it is done, ended with the server, done again by the next."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from processes import Receiver, wait_until

from opsloop.model import Entry, Signal, format_time
from opsloop.verbs.runs import runs
from opsloop.verbs.workspace import Workspace
from opsloop.web.schedule import Schedule
from opsloop.web.serving import Serving

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ONLY = "[serve]\nseal_every_minutes = 0\ndetect_every_minutes = 0\nverify_every_minutes = 0\n"


def only(job: str) -> str:
    return ONLY.replace(f"{job}_every_minutes = 0", f"{job}_every_minutes = 60")


def children(pid: int) -> list[int]:
    """The processes that a process began (Linux)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def test_a_run_that_cannot_begin_is_told_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process or no open file is left: that passes."""
    (tmp_path / "opsloop.toml").write_text(only("verify"))
    monkeypatch.setattr("opsloop.web.schedule._LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))

    async def work() -> bool:
        serving = Serving(tmp_path)
        schedule = Schedule(serving)
        async with schedule:
            told = partial(wait_until, lambda: runs(serving.ws)["runs"] or schedule._task.done())
            await asyncio.to_thread(told)
            alive = not schedule._task.done()
        await serving.close()
        return alive

    assert asyncio.run(work())
    (run,) = runs(Workspace(tmp_path))["runs"]
    assert (run["job"], run["result"]) == ("verify", "failed")


def seen_in_the_api(running: Receiver) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(run["job"], run["result"]) for run in running.get("/v1/runs")[1]["runs"]]


def test_a_verify_run_judges_what_was_promoted_and_is_seen_when_it_is_done(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(only("verify"))
    changed = NOW - 100 * DAY
    ws = Workspace(tmp_path, NOW)
    ws.journal.init()
    before = [
        Signal(
            id=f"i{number}",
            source="pagerduty",
            kind="incident",
            status="detected",
            at=changed - number * DAY,
            service="checkout",
            name="Pool exhausted",
            fingerprint=f"i{number}",
            attrs={"pattern_key": "incident_pattern.pool"},
        )
        for number in range(40, 200)
    ]
    still_there = Signal(
        id="d", source="ci", kind="deployment", status="succeeded", at=NOW - DAY, service="checkout", fingerprint="d"
    )
    ws.store.append([*before, still_there], origin="file", now=NOW)
    metadata = {
        "Pattern-Key": "incident_pattern.pool",
        "Services Affected": "checkout",
        "Promoted-At": format_time(changed),
        "Look": f"{NOW - 10 * DAY:%Y-%m-%d}",
    }
    entry = ws.journal.append(Entry(kind="issue", name="pool", status="promoted", summary="Pool", metadata=metadata))
    with Receiver(tmp_path) as running:
        assert wait_until(seen_in_the_api(running), what="a run", within_s=60) == [("verify", "ok")]
    assert "improved" in Workspace(tmp_path, NOW).journal.get(entry.id).metadata["Verdict"]


def test_a_server_that_stops_in_the_middle_of_a_run_ends_it_says_so_and_the_next_does_it(tmp_path: Path) -> None:
    (tmp_path / "opsloop.toml").write_text(only("detect"))
    with Receiver(tmp_path) as running:
        (child,) = wait_until(lambda: children(running.pid), what="a run's process")
        assert running.stop() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    with Receiver(tmp_path) as running:
        runs = seen_in_the_api(running)
        assert runs() == [("detect", "stopped")]
        wait_until(lambda: len(runs()) > 1, what="the run done again", within_s=60)
        assert runs()[-2:] == [("detect", "ok"), ("detect", "stopped")]
