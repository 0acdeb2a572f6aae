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


def _computed(running: Receiver) -> str:
    """The page, once it is more than a promise."""
    page = str(running.get("/sources")[1])
    return page if "What cannot be known" in page else ""
