"""Deliveries changed in a few places, and their headers too: stored, or refused with a reason, and never a 500."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import Counter
from pathlib import Path

import pytest
from asgi import deliver
from mutation import CASES, HOSTILE, mutated_body
from processes import QUIET

from opsloop.web.app import create_app
from opsloop.web.serving import Serving

AT_ONCE = 200
"""Requests under way together, so that they share their trips to the disk."""
EVERYTHING = [(name, case) for name, cases in CASES.items() for case in cases]
HEADERS = (
    "authorization",
    "ce-id",
    "ce-type",
    "content-encoding",
    "content-length",
    "content-type",
    "sentry-hook-resource",
    "x-amz-sns-message-type",
    "x-github-event",
    "x-gitlab-event",
    "x-hub-signature-256",
    "x-pagerduty-signature",
)
MEDIA = (
    "application/cloudevents-batch+json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/csv",
    "text/plain; charset=UTF-8",
    "",
)


def mutated_delivery(rng: random.Random) -> tuple[str, dict[str, str], bytes]:
    """A source, headers and a body; nine of ten are sent as their tool sends them."""
    name, case = rng.choice(EVERYTHING)
    body = mutated_body(case, rng)
    headers = {"content-type": "application/json", **case.get("headers", {})}
    if rng.random() < 0.05:
        headers["content-type"] = rng.choice(MEDIA)
    if rng.random() < 0.1:
        headers[rng.choice(HEADERS)] = str(rng.choice(HOSTILE))[:200]
    if rng.random() < 0.03:
        body, headers["content-encoding"] = gzip.compress(body, 1), "gzip"
    if rng.random() < 0.05:
        name = rng.choice(list(CASES))
    return name, headers, body


async def hammer(root: Path, times: int, seed: int) -> Counter[str]:
    """How many of so many deliveries were stored, ignored, or refused, by their reason."""
    (root / "opsloop.toml").write_text(QUIET)
    serving, rng, counts = Serving(root), random.Random(seed), Counter[str]()
    app = create_app(serving)
    try:
        for begun in range(0, times, AT_ONCE):
            deliveries = [mutated_delivery(rng) for _ in range(min(AT_ONCE, times - begun))]
            answers = await asyncio.gather(*(deliver(app, *one) for one in deliveries))
            for (status, _, answer), (name, headers, body) in zip(answers, deliveries, strict=True):
                assert status < 500, (name, headers, body, answer)
                if status == 202:
                    counts["stored"] += answer["accepted"]
                    counts["duplicates"] += answer["duplicates"]
                    counts["taken"] += 1
                else:
                    assert len(answer["error"]["message"]) > 10, (name, headers, body, answer)
                    counts[answer["error"]["code"]] += 1
        stored = len(serving.ws.store.read())
    finally:
        await serving.close()
    assert stored == counts["stored"]
    return counts


def test_a_thousand_mutated_deliveries_are_stored_or_refused(tmp_path: Path) -> None:
    counts = asyncio.run(hammer(tmp_path, 1_000, seed=7))
    assert counts["taken"] > 400
    assert counts["bad_input"] > 200


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_mutated_deliveries_are_stored_or_refused(tmp_path: Path) -> None:
    counts = asyncio.run(hammer(tmp_path, 100_000, seed=20260302))
    print(dict(counts))
    assert counts.total() - counts["stored"] - counts["duplicates"] == 100_000
    assert counts["stored"] > 5_000
