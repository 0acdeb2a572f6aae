"""What a source leaves out is said wherever somebody looks: by doctor, by the API, on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import opsloop
from processes import QUIET, Receiver, alert, notification, wait_until

DOUBTS = ("1 deliveries said that something was left out", "20 signals and none says resolved")


@pytest.mark.slow
def test_alerts_cut_off_and_never_resolved_are_told_by_doctor_api_and_page(tmp_path: Path) -> None:
    assert opsloop(tmp_path, "init").returncode == 0
    (tmp_path / "opsloop.toml").write_text(QUIET)
    with Receiver(tmp_path) as running:
        assert running.post("alertmanager", notification(*map(alert, range(20)), truncatedAlerts=7))[0] == 202
        running.stop()
    doctor = opsloop(tmp_path, "doctor", "--json")
    assert doctor.returncode == 1
    said = json.dumps([one for one in json.loads(doctor.stdout)["problems"] if one["check"] == "coverage"])
    assert all(doubt in said for doubt in DOUBTS)
    with Receiver(tmp_path) as running:
        (source,) = running.get("/v1/coverage")[1]["sources"]
        assert [doubt in " ".join(source["doubts"]) for doubt in DOUBTS] == [True, True]
        page = wait_until(lambda: _computed(running), what="the page")
        assert all(doubt in page for doubt in DOUBTS)


def test_an_ordinary_set_up_leaves_no_doubt(tmp_path: Path) -> None:
    """A test button, a subscription to confirm, and alerts that fire on and are sent again."""
    (tmp_path / "opsloop.toml").write_text(QUIET)
    subscription = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "SubscribeURL": "x"}
    with Receiver(tmp_path) as running:
        assert running.post("uptime_kuma", {"heartbeat": None, "monitor": None, "msg": "test"})[0] == 202
        assert running.post("cloudwatch", subscription)[0] == 202
        for _ in range(4):
            assert running.post("alertmanager", notification(*map(alert, range(10))))[0] == 202
        running.stop()
    with Receiver(tmp_path) as running:
        sources = running.get("/v1/coverage")[1]["sources"]
    assert [(one["source"], one["deliveries"], one["signals"], one["doubts"]) for one in sources] == [
        ("alertmanager", 4, 10, []),
        ("cloudwatch", 1, 0, []),
        ("uptime_kuma", 1, 0, []),
    ]


def _computed(running: Receiver) -> str:
    """The page, once it is more than a promise."""
    page = str(running.get("/sources")[1])
    return page if "What cannot be known" in page else ""
