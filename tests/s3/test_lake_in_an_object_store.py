"""Receivers that seal to one object store while they are killed, a compaction beside them, a reader all the time."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import lakewriter
import pytest
from commandline import opsloop
from objectstore import LAKE, object_store
from processes import Process, wait_until
from stores import NOW, some, store_in

from opsloop.signals import Store
from opsloop.signals.listing import LakeFile
from opsloop.signals.table import open_table

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.needs("moto"), pytest.mark.xdist_group("s3")]


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    with object_store() as found:
        yield found


class Writer:
    """A ``lakewriter`` that can be killed and started again on the same folder."""

    def __init__(self, root: Path, role: str, env: dict[str, str], lake: str) -> None:
        root.mkdir(parents=True)
        self.root, self.env = root, env
        self.command = [sys.executable, lakewriter.__file__, role, str(root), lake, root.name]
        self.process = self._start()

    def _start(self) -> Process:
        return Process(self.command, self.root / "log", self.env)

    def told(self) -> list[str]:
        """What it has noted; a line that a death cut off is none."""
        notes = self.root / "acknowledged"
        return [line.strip() for line in notes.open() if line.endswith("\n")] if notes.exists() else []

    def die_and_rise(self) -> None:
        """kill -9, and a new process."""
        assert self.process.running, (self.root / "log").read_text()
        self.process.kill()
        self.process = self._start()

    def wait(self) -> None:
        """Until it has ended by itself."""
        wait_until(lambda: not self.process.running, within_s=60, what=f"the end of {self.root.name}")
        assert self.process.stop() == 0, (self.root / "log").read_text()


def seen(store: Store) -> set[str]:
    """The ids that a reader sees; none is there twice."""
    ids = [one.id for one in store.read()]
    assert len(ids) == len(set(ids))
    return set(ids)


def loop(tmp_path: Path, env: dict[str, str], lake: str, *, receivers: int, deaths: int) -> None:
    """Kill a receiver, or the compaction, after some work, again and again; then look at what is there."""
    dice = random.Random(20260301)
    writers = [Writer(tmp_path / f"receiver{n}", "receiver", env, lake) for n in range(receivers)]
    compactor = Writer(tmp_path / "compactor", "compactor", env, lake)
    reader = store_in(tmp_path / "reader", lake=lake)
    known = set[str]()
    try:
        for _ in range(deaths):
            victim = dice.choice([*writers, *writers, compactor])
            before = len(victim.told())
            wait_until(lambda v=victim, b=before: len(v.told()) > b, within_s=120, what=f"work of {victim.root.name}")
            time.sleep(dice.random() * 0.5)
            victim.die_and_rise()
            now_seen = seen(reader)
            assert known <= now_seen, "what was seen once is seen always"
            known = now_seen
        for writer in (*writers, compactor):
            (writer.root / "stop").touch()
        for writer in (*writers, compactor):
            writer.wait()
    finally:
        for writer in (*writers, compactor):
            writer.process.kill()
    shared = {f"s{n:05}" for n in range(lakewriter.SHARED_EVENTS)}
    acknowledged = {line for writer in writers for line in writer.told()}
    assert seen(reader) >= acknowledged
    assert seen(reader) <= set().union(shared, *(maybe(writer) for writer in writers)), "and nothing was made up"
    last = store_in(tmp_path / "last", lake=lake, keep_replaced_hours=0)
    for _ in range(2):
        last.compact(datetime.now(UTC))
    assert seen(reader) >= acknowledged
    files = [LakeFile.of(path) for path in reader.place.paths()]
    assert len(files) == len({(file.day, file.store) for file in files}), "one file a day and store is left"
    assert len({file.store for file in files}) == receivers


def maybe(writer: Writer) -> set[str]:
    """What a receiver may have stored of its own: what it noted, and a delivery that it stored last."""
    first = lakewriter.first_number(writer.root.name)
    return {f"s{number}" for number in range(first, first + len(writer.told()) + 7)}


def test_three_receivers_under_kill_9_with_a_compaction_beside_them(tmp_path: Path, env: dict[str, str]) -> None:
    loop(tmp_path, env, f"{LAKE}/three", receivers=3, deaths=5)


@pytest.mark.chaos
@pytest.mark.timeout(1200)
def test_five_receivers_and_forty_deaths(tmp_path: Path, env: dict[str, str]) -> None:
    loop(tmp_path, env, f"{LAKE}/five", receivers=5, deaths=40)


def test_two_receivers_seal_to_one_object_store_and_read_it_back(tmp_path: Path, env: dict[str, str]) -> None:
    lake = f"{LAKE}/two"
    first, second = (store_in(tmp_path / name, lake=lake, retention_days=30) for name in ("a", "b"))
    first.append(some(60), origin="webhook", now=NOW)
    second.append(some(40, first=50), origin="webhook", now=NOW)
    assert first.seal(NOW).rows == 60
    assert second.seal(NOW).rows == 40
    first.append(some(5, first=200), origin="webhook", now=NOW)
    for store, count in ((first, 95), (second, 90)):
        assert open_table(store).count().execute() == count
        assert len(store.read()) == count
    assert first.append(some(60), origin="webhook", now=NOW).duplicates == 60


@pytest.mark.parametrize(
    ("endpoint", "lake", "verbs"),
    [(None, "s3://no-such-bucket/x", ("seal", "signals")), ("http://127.0.0.1:9", LAKE, ("seal",))],
)
def test_a_store_that_is_not_there_is_said_in_one_line(
    endpoint: str | None, lake: str, verbs: tuple[str, ...], tmp_path: Path, env: dict[str, str]
) -> None:
    (tmp_path / "opsloop.toml").write_text(f'[store]\nlake = "{lake}"\n')
    (tmp_path / "one.jsonl").write_text(
        '{"id": "a", "source": "x", "kind": "alert", "status": "firing", "at": "2026-01-01T00:00:00Z"}'
    )
    assert opsloop(tmp_path, "ingest", "signals", str(tmp_path / "one.jsonl")).returncode == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", endpoint or env["AWS_ENDPOINT_URL"])
        for verb in verbs:
            done = opsloop(tmp_path, verb)
            assert done.returncode == 5
            assert done.stderr.count("\n") == 1, done.stderr
            assert lake.split("/")[2] in done.stderr
