"""What the server tells of itself: figures to the last digit, every bucket, and readiness asked for by many at once."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from asgi import deliver

from opsloop.model import Signal
from opsloop.signals.rows import row_of
from opsloop.sources import Parsed
from opsloop.verbs.receive import Received
from opsloop.web import health
from opsloop.web.app import create_app
from opsloop.web.counters import Counters
from opsloop.web.serving import Serving


def test_a_counter_of_millions_still_counts_every_one() -> None:
    counters = Counters()
    for _ in range(2):
        counters.received("generic", Received(parsed=Parsed(ignored=1_234_567), rows=[]), 0, 0.02)
    told = counters.text({"opsloop_store_bytes": 123_456_789}).splitlines()
    assert 'opsloop_events_total{source="generic",result="ignored"} 2469134' in told
    assert "opsloop_store_bytes 123456789" in told


def test_a_histogram_has_all_its_buckets_from_the_first_observation_on() -> None:
    counters = Counters()
    counters.received("generic", Received(parsed=Parsed(), rows=[]), 0, 0.02)
    buckets = [line for line in counters.text({}).splitlines() if line.startswith("opsloop_commit_seconds_bucket")]
    assert [line.rpartition(" ")[2] for line in buckets] == ["0"] * 3 + ["1"] * 7


def test_what_is_heard_is_what_was_new_and_what_the_sender_said_is_missing() -> None:
    """A test message and a subscription to confirm lack nothing; repeats are nothing new; resolutions always count."""
    firing = Signal(id="a", source="alertmanager", kind="alert", status="firing", at=datetime(2026, 1, 1, tzinfo=UTC))
    told = (firing, firing._replace(id="b"), firing._replace(id="c", status="resolved"))
    rows = [row_of(one, origin="webhook", received_at=0) for one in told]
    counters = Counters()
    for accepted, missing in ((2, 7), (0, 0), (0, 0)):
        parsed = Parsed(signals=told, notes=("hello", "again"), missing=missing)
        counters.received("alertmanager", Received(parsed=parsed, rows=rows), accepted, 0.02)
    assert counters.take_heard(5) == [("", 5, 1, 0, 0, 0), ("alertmanager", 5, 3, 2, 3, 1)]


def test_what_was_heard_more_than_400_days_ago_is_let_go(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    hour = int(time.time()) // 3600
    serving.ws.store.hot.hear(("grafana", hour - 24 * days, 1, 1, 1, 0) for days in (0, 399, 401, 800))
    serving.note()
    with serving.ws.store.hot.snapshot() as snapshot:
        assert [hour - row[1] for row in snapshot.heard() if row[0]] == [399 * 24, 0]
    asyncio.run(serving.close())


def test_readiness_may_be_asked_for_by_many_at_once(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: health._touch(serving), range(400)))
    asyncio.run(serving.close())


def test_who_waits_as_long_as_a_rate_limit_says_is_let_in(tmp_path: Path) -> None:
    """At 32 a minute the next request may come after 1.25 seconds: one would be too early."""
    (tmp_path / "opsloop.toml").write_text("[serve]\nrequests_per_minute = 32\n")

    async def ask() -> tuple[int, str]:
        serving = Serving(tmp_path)
        app = create_app(serving)
        try:
            answers = [await deliver(app, "grafana", {}, b"") for _ in range(6)]
        finally:
            await serving.close()
        return answers[-1][0], answers[-1][1]["retry-after"]

    assert asyncio.run(ask()) == (429, "2")
